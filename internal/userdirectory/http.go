package userdirectory

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// The limits of the API.
const (
	defaultPage = 100
	maxPage     = 1000
	maxBody     = 64 << 10
)

// ServeHTTP serves the API.
func (d *Directory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+d.token)) != 1 {
		w.Header().Set("WWW-Authenticate", "Bearer")
		answer(w, http.StatusUnauthorized, problem{"the token is missing or wrong"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users", d.list)
	mux.HandleFunc("POST /users", d.create)
	mux.HandleFunc("GET /users/{id}", d.read)
	mux.HandleFunc("PATCH /users/{id}", d.patch)
	mux.HandleFunc("PUT /users/{id}/password", d.password)
	mux.HandleFunc("DELETE /users/{id}", d.remove)
	mux.ServeHTTP(w, r)
}

type problem struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	// A client that went away hears nothing.
	_ = json.NewEncoder(w).Encode(v)
}

// fail answers an error of the directory.
func fail(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, ErrTaken):
		status = http.StatusConflict
	case errors.Is(err, ErrInvalid):
		status = http.StatusUnprocessableEntity
	}
	answer(w, status, problem{err.Error()})
}

// decode reads the body into v, strictly.
func decode(w http.ResponseWriter, r *http.Request, v any) bool {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		answer(w, http.StatusBadRequest, problem{"the body is no JSON of this call: " + err.Error()})
		return false
	}
	return true
}

// number reads a query parameter that is a number from least to most.
func number(r *http.Request, name string, otherwise, least, most int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, errors.New(name + " must be a number from " + strconv.FormatInt(least, 10) + " to " + strconv.FormatInt(most, 10))
	}
	return n, nil
}

func (d *Directory) list(w http.ResponseWriter, r *http.Request) {
	limit, err := number(r, "limit", defaultPage, 1, maxPage)
	since, sinceErr := number(r, "changed_since", -1, 0, 1<<53)
	if err := errors.Join(err, sinceErr); err != nil {
		fail(w, err)
		return
	}
	users, next, version := d.page(r.URL.Query().Get("after"), since, int(limit))
	answer(w, http.StatusOK, struct {
		Users   []User `json:"users"`
		Next    string `json:"next,omitempty"`
		Version int64  `json:"version"`
	}{users, next, version})
}

// edit is the body of POST and PATCH: a nil member is left alone.
type edit struct {
	Login   *string   `json:"login"`
	Name    *string   `json:"name"`
	Mail    *string   `json:"mail"`
	Enabled *bool     `json:"enabled"`
	Roles   *[]string `json:"roles"`
}

func (e *edit) apply(u *User) {
	set(&u.Login, e.Login)
	set(&u.Name, e.Name)
	set(&u.Mail, e.Mail)
	set(&u.Enabled, e.Enabled)
	set(&u.Roles, e.Roles)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func (d *Directory) create(w http.ResponseWriter, r *http.Request) {
	var e edit
	if !decode(w, r, &e) {
		return
	}
	user := User{Enabled: true}
	e.apply(&user)
	user, err := d.Create(user, r.Header.Get("Idempotency-Key"))
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusCreated, user)
}

func (d *Directory) read(w http.ResponseWriter, r *http.Request) {
	user, err := d.User(r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, user)
}

func (d *Directory) patch(w http.ResponseWriter, r *http.Request) {
	var e edit
	if !decode(w, r, &e) {
		return
	}
	user, err := d.Change(r.PathValue("id"), e.apply)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, user)
}

func (d *Directory) password(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Password string `json:"password"`
	}
	if !decode(w, r, &body) {
		return
	}
	if err := d.SetPassword(r.PathValue("id"), body.Password); err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (d *Directory) remove(w http.ResponseWriter, r *http.Request) {
	if err := d.Delete(r.PathValue("id")); err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
