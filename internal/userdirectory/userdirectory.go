// Package userdirectory is a sample application: a directory of users in memory,
// with a JSON API over HTTP. The demo provisions into it, and tests do. It is
// small and honest about it: nothing is kept when the process ends.
//
//	GET    /users?limit=&after=   a page: {"users":[…],"next":"u-7","version":12}
//	GET    /users?changed_since=  the same, of what changed since a version; who was deleted has "deleted":true
//	POST   /users                 creates: 201 and the user, with the id the directory gave him
//	GET    /users/ID              one user
//	PATCH  /users/ID              changes the members that are given
//	PUT    /users/ID/password     {"password":"…"}
//	DELETE /users/ID              204
//
// Everything needs "Authorization: Bearer TOKEN". Errors are
// {"error":"…"} with the usual status.
package userdirectory

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// User is a user of the directory.
type User struct {
	// ID is given by the directory and never changes.
	ID      string   `json:"id"`
	Login   string   `json:"login"`
	Name    string   `json:"name"`
	Mail    string   `json:"mail"`
	Enabled bool     `json:"enabled"`
	Roles   []string `json:"roles"`
	// Deleted users stand only among changes, with nothing but their ID.
	Deleted bool `json:"deleted,omitempty"`
}

// The errors of a Directory.
var (
	ErrNotFound = errors.New("there is no such user")
	ErrTaken    = errors.New("the login is taken")
	ErrInvalid  = errors.New("a login has 1 to 64 characters, a password at least 8")
)

// minPassword is the directory's password policy.
const minPassword = 8

// Directory is the application. It is an http.Handler, safe for concurrent use.
type Directory struct {
	token string

	mu      sync.Mutex
	version int64
	made    int64
	records []*record // by number
	keys    map[string]string
}

// record is a user, or what is left of him.
type record struct {
	user    User
	number  int64
	changed int64
	// salt and hash are those of the password; empty: nobody can log in.
	salt, hash []byte
}

// New returns an empty directory that answers whoever holds the token.
func New(token string) *Directory {
	return &Directory{token: token, keys: make(map[string]string)}
}

// Users returns every user, as the directory itself has them, in the order in
// which they were made.
func (d *Directory) Users() []User {
	d.mu.Lock()
	defer d.mu.Unlock()
	var users []User
	for _, r := range d.records {
		if !r.user.Deleted {
			users = append(users, clone(r.user))
		}
	}
	return users
}

// User returns one user.
func (d *Directory) User(id string) (User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.find(id)
	if r == nil {
		return User{}, ErrNotFound
	}
	return clone(r.user), nil
}

// Create makes a user and returns him with his ID. A second call with the same
// key, unless that is empty, returns the user the first one made.
func (d *Directory) Create(user User, key string) (User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.find(d.keys[key]); key != "" && r != nil {
		return clone(r.user), nil
	}
	if err := d.check(user, ""); err != nil {
		return User{}, err
	}
	d.made++
	user = clone(user)
	user.ID, user.Deleted = fmt.Sprintf("u-%d", d.made), false
	r := &record{user: user, number: d.made}
	d.records = append(d.records, r)
	d.touch(r)
	if key != "" {
		d.keys[key] = user.ID
	}
	return clone(user), nil
}

// Change lets change alter a user, and returns him as he is then.
func (d *Directory) Change(id string, change func(*User)) (User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.find(id)
	if r == nil {
		return User{}, ErrNotFound
	}
	after := clone(r.user)
	change(&after)
	after.ID, after.Deleted = r.user.ID, false
	if err := d.check(after, id); err != nil {
		return User{}, err
	}
	r.user = clone(after)
	d.touch(r)
	return after, nil
}

// SetPassword gives a user a password.
func (d *Directory) SetPassword(id, password string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.find(id)
	if r == nil {
		return ErrNotFound
	}
	if len(password) < minPassword {
		return ErrInvalid
	}
	r.salt = []byte(rand.Text())
	r.hash = digest(r.salt, password)
	return nil
}

// CanLogIn says whether the password is that of an enabled user.
func (d *Directory) CanLogIn(login, password string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.records {
		if r.user.Login == login && r.user.Enabled && r.hash != nil {
			return subtle.ConstantTimeCompare(r.hash, digest(r.salt, password)) == 1
		}
	}
	return false
}

// Delete takes a user away. What is left is his ID among the changes.
func (d *Directory) Delete(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.find(id)
	if r == nil {
		return ErrNotFound
	}
	r.user, r.salt, r.hash = User{ID: id, Deleted: true}, nil, nil
	d.touch(r)
	return nil
}

// page returns at most limit users made after the one called after, and the ID
// to go on from: of those there are, or of all that changed since a version that
// is not negative.
func (d *Directory) page(after string, since int64, limit int) (users []User, next string, version int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var last int64
	_, _ = fmt.Sscanf(after, "u-%d", &last) // Anything else is the beginning.
	first, _ := slices.BinarySearchFunc(d.records, last+1, func(r *record, n int64) int { return cmp.Compare(r.number, n) })
	users = []User{}
	for _, r := range d.records[first:] {
		if since < 0 && r.user.Deleted || since >= 0 && r.changed <= since {
			continue
		}
		if len(users) == limit {
			return users, users[limit-1].ID, d.version
		}
		users = append(users, clone(r.user))
	}
	return users, "", d.version
}

// find returns the record of a user who is there. The caller holds mu.
func (d *Directory) find(id string) *record {
	for _, r := range d.records {
		if r.user.ID == id && !r.user.Deleted {
			return r
		}
	}
	return nil
}

// check says what is wrong with a user called id. The caller holds mu.
func (d *Directory) check(user User, id string) error {
	if user.Login == "" || len(user.Login) > 64 {
		return ErrInvalid
	}
	for _, r := range d.records {
		if r.user.Login == user.Login && r.user.ID != id {
			return ErrTaken
		}
	}
	return nil
}

// touch notes that a record changed. The caller holds mu.
func (d *Directory) touch(r *record) {
	d.version++
	r.changed = d.version
}

func clone(u User) User {
	u.Roles = append([]string{}, u.Roles...)
	return u
}

// digest is enough for a sample: a real application takes a slow hash.
func digest(salt []byte, password string) []byte {
	sum := sha256.Sum256(append(slices.Clone(salt), password...))
	return sum[:]
}
