package servicenow

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/ecmabox/ecmabox/internal/lookalike"
)

// read answers one row.
func (s *Server) read(w http.ResponseWriter, r *http.Request, t *table) {
	if row := find(w, r, t); row != nil {
		lookalike.JSON(w, http.StatusOK, map[string]any{"result": s.shown(t, row, parse(r))})
	}
}

// find returns the row that the path names, or answers that there is none.
func find(w http.ResponseWriter, r *http.Request, t *table) Record {
	row := t.byID[r.PathValue("id")]
	if row == nil {
		notFound(w)
	}
	return row
}

// create makes a row.
func (s *Server) create(w http.ResponseWriter, r *http.Request, t *table) {
	given, secret, ok := s.given(w, r, t)
	if !ok {
		return
	}
	if t.taken[strings.ToLower(given[t.unique])] != "" {
		fail(w, http.StatusForbidden, "Operation Failed", fmt.Sprintf("Error during insert of %s (%s)", t.name, given[t.unique]))
		return
	}
	row := s.insert(t, given)
	t.keep(row, given, secret)
	w.Header().Set("Location", lookalike.Base(r)+"/api/now/table/"+t.name+"/"+row["sys_id"])
	lookalike.JSON(w, http.StatusCreated, map[string]any{"result": s.shown(t, row, parse(r))})
}

// change changes what is given, with PUT as with PATCH.
func (s *Server) change(w http.ResponseWriter, r *http.Request, t *table) {
	row := find(w, r, t)
	if row == nil {
		return
	}
	given, secret, ok := s.given(w, r, t)
	if !ok {
		return
	}
	if other := t.taken[strings.ToLower(given[t.unique])]; other != "" && other != row["sys_id"] {
		fail(w, http.StatusForbidden, "Operation Failed", fmt.Sprintf("Error during update of %s (%s)", t.name, given[t.unique]))
		return
	}
	s.update(t, row, given)
	t.keep(row, given, secret)
	lookalike.JSON(w, http.StatusOK, map[string]any{"result": s.shown(t, row, parse(r))})
}

// remove deletes the row.
func (s *Server) remove(w http.ResponseWriter, r *http.Request, t *table) {
	if row := find(w, r, t); row != nil {
		s.delete(t, row)
		w.WriteHeader(http.StatusNoContent)
	}
}

// keep remembers which password is good, if one was written.
func (t *table) keep(row, given Record, secret string) {
	if _, ok := given["user_password"]; ok {
		t.passwords[row["sys_id"]] = secret
	}
}

// given reads what the body gives, as text. Fields that the table has not, and those
// that the system writes, are passed over in silence. With
// sysparm_input_display_value=true references are given by name, dates in the time
// zone of the one who calls, and a password is hashed; without it a password is
// stored as it stands, and secret, which is what one can log in with, is "".
func (s *Server) given(w http.ResponseWriter, r *http.Request, t *table) (given Record, secret string, ok bool) {
	var body map[string]any
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		fail(w, http.StatusBadRequest, "Exception while reading request", "The payload is not valid JSON.")
		return nil, "", false
	}
	display := r.URL.Query().Get("sysparm_input_display_value") == "true"
	given = make(Record)
	for name, v := range body {
		f, known := t.fields[name]
		if !known || strings.HasPrefix(name, "sys_") {
			continue
		}
		value := ""
		if v != nil {
			value = fmt.Sprint(v)
		}
		switch {
		case f.kind == boolean:
			value = fmt.Sprint(value == "true" || value == "1")
		case f.kind == password && display && value != "":
			secret = value
			value = fmt.Sprintf("{hash}%x", sha256.Sum256([]byte(value)))
		case display:
			value = s.internal(f, value)
		}
		given[name] = value
	}
	return given, secret, true
}
