package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
)

// demoEvent is what one step of the demo reports.
type demoEvent struct {
	Step string `json:"step"`
	// Text says in a sentence what happened.
	Text string `json:"text"`
	// Detail is what somebody else said, in his words.
	Detail string `json:"detail,omitempty"`
	// Milliseconds is how long it took.
	Milliseconds int64 `json:"ms"`
	// Users are the users that the step imported or changed.
	Users []demoUser `json:"users,omitempty"`
	// Denied is the rule that denied a request.
	Denied string `json:"denied,omitempty"`
	// Equal says whether an import is the application's own list.
	Equal *bool `json:"equal,omitempty"`
}

// demoUser is a user as the connector sees him.
type demoUser struct {
	// Change is what happened to him: Add, Replace, Update or Delete.
	Change  string   `json:"change"`
	ID      string   `json:"id"`
	Login   string   `json:"login,omitempty"`
	Name    string   `json:"name,omitempty"`
	Mail    string   `json:"mail,omitempty"`
	Enabled bool     `json:"enabled"`
	Roles   []string `json:"roles,omitempty"`
}

// String is the user in one line.
func (u demoUser) String() string {
	if u.Change == abi.ObjectDelete.String() {
		return u.Change + " " + u.ID
	}
	line := fmt.Sprintf("%s %s %s, %s", u.Change, u.ID, u.Login, u.Name)
	if u.Mail != "" {
		line += ", " + u.Mail
	}
	if !u.Enabled {
		line += ", disabled"
	}
	if len(u.Roles) > 0 {
		line += ", roles " + strings.Join(u.Roles, " and ")
	}
	return line
}

// print reports a step: a line of JSON, or its text with a line per user.
func (d *demo) print(event demoEvent) error {
	if d.asJSON {
		return printJSON(d.e.stdout, event)
	}
	text := fmt.Sprintf("%-9s %s\n", event.Step, event.Text)
	if event.Detail != "" {
		text += "            " + visible(event.Detail) + "\n"
	}
	for _, u := range event.Users {
		text += "            " + visible(u.String()) + "\n"
	}
	_, err := fmt.Fprint(d.e.stdout, text)
	return err
}

// border watches what crosses between the sandbox and its host, so that the demo
// can say what did not. It is safe for concurrent use.
type border struct {
	abi.HostProvider
	secrets []string

	mu      sync.Mutex
	crossed int
	leaks   int
}

func newBorder(hosts abi.HostProvider, secrets ...string) *border {
	return &border{HostProvider: hosts, secrets: secrets}
}

// Lease begins a lease that is watched.
func (b *border) Lease(ctx context.Context, request abi.LeaseRequest) (abi.HostLease, error) {
	lease, err := b.HostProvider.Lease(ctx, request)
	if err != nil {
		return nil, err
	}
	return &watched{lease, b}, nil
}

// seen notes texts that crossed.
func (b *border) seen(texts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range texts {
		b.crossed++
		if slices.ContainsFunc(b.secrets, func(secret string) bool { return strings.Contains(text, secret) }) {
			b.leaks++
		}
	}
}

// counts returns how many texts crossed, and in how many stood a secret.
func (b *border) counts() (crossed, leaks int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.crossed, b.leaks
}

type watched struct {
	abi.HostLease
	border *border
}

// HTTP watches requests out of the sandbox and answers into it.
func (w *watched) HTTP(ctx context.Context, requests abi.HTTPRequests) (abi.HTTPAnswers, error) {
	out, outErr := encoded(&requests)
	answers, err := w.HostLease.HTTP(ctx, requests)
	in, inErr := encoded(&answers)
	w.border.seen(string(out), string(in))
	return answers, errors.Join(err, outErr, inErr)
}

// Seal watches what the connector gets in the place of a secret.
func (w *watched) Seal(name, secret string) (string, error) {
	placeholder, err := w.HostLease.Seal(name, secret)
	w.border.seen(placeholder)
	return placeholder, err
}
