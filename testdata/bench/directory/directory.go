// Package directory is the application that an import reads: users as JSON over
// HTTP, in pages. It answers from memory, so that what is measured is the reader.
package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"

	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// User is one user as the directory tells it.
type User struct {
	ID              string   `json:"id"`
	DisplayName     string   `json:"displayName"`
	GivenName       string   `json:"givenName"`
	FamilyName      string   `json:"familyName"`
	Mail            string   `json:"mail"`
	Department      string   `json:"department"`
	Title           string   `json:"title"`
	EmployeeNumber  string   `json:"employeeNumber"`
	TelephoneNumber string   `json:"telephoneNumber"`
	Active          string   `json:"active"`
	MemberOf        []string `json:"memberOf"`
}

// answer is one page.
type answer struct {
	Users []User `json:"users"`
	More  bool   `json:"more"`
}

// Serve starts a directory of so many pages on loopback: GET /users?page=N.
func Serve(count int) (*httptest.Server, error) {
	pages := make([][]byte, count)
	for i := range pages {
		a := answer{More: i < len(pages)-1}
		for n := range workload.PageEntries {
			a.Users = append(a.Users, user(i*workload.PageEntries+n))
		}
		var err error
		if pages[i], err = json.Marshal(a); err != nil {
			return nil, err
		}
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil || n < 0 || n >= len(pages) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(pages[n])
	})), nil
}

func user(n int) User {
	value := func(name string) string { return workload.Value(n, name) }
	return User{
		workload.Anchor(n), value("displayName"), value("givenName"), value("familyName"), value("mail"), value("department"),
		value("title"), value("employeeNumber"), value("telephoneNumber"), value("active"), []string{value("memberOf"), workload.Group},
	}
}

// Read reads one page of the directory at url, as a connector in plain Go would.
func Read(ctx context.Context, url string, page int) (users []User, more bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/users?page="+strconv.Itoa(page), nil)
	if err != nil {
		return nil, false, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, false, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, false, fmt.Errorf("page %d: %s", page, response.Status)
	}
	var a answer
	err = json.NewDecoder(response.Body).Decode(&a)
	return a.Users, a.More, err
}

// Entries turns users into entries.
func Entries(users []User) []workload.Entry {
	entries := make([]workload.Entry, len(users))
	for i := range users {
		u := &users[i]
		values := [...]string{u.DisplayName, u.GivenName, u.FamilyName, u.Mail, u.Department, u.Title, u.EmployeeNumber, u.TelephoneNumber, u.Active}
		entries[i] = workload.Entry{Anchor: u.ID, Attributes: make([]workload.Attribute, 0, len(workload.Names))}
		for j, v := range values {
			entries[i].Attributes = append(entries[i].Attributes, workload.Attribute{Name: workload.Names[j], Values: []string{v}})
		}
		entries[i].Attributes = append(entries[i].Attributes, workload.Attribute{Name: "memberOf", Values: u.MemberOf})
	}
	return entries
}
