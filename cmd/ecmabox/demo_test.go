package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/userdirectory"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// newDemo returns a demo that shares the compile cache of all tests.
func newDemo(t *testing.T) (d *demo, stdout *bytes.Buffer) {
	t.Helper()
	cache, err := wasmbuild.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	stdout = new(bytes.Buffer)
	return &demo{e: &environment{stdin: strings.NewReader(""), stdout: stdout, stderr: new(bytes.Buffer)}, asJSON: true, cache: cache}, stdout
}

// eventsOf reads what a demo printed.
func eventsOf(t *testing.T, stdout *bytes.Buffer) (events []demoEvent) {
	t.Helper()
	for line := range strings.Lines(stdout.String()) {
		var event demoEvent
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%q is no event: %v", line, err)
		}
		if event.Text == "" {
			t.Errorf("%s says nothing", event.Step)
		}
		events = append(events, event)
	}
	return events
}

func userLines(users []demoUser) (lines []string) {
	for _, u := range users {
		lines = append(lines, u.String())
	}
	return lines
}

func TestDemo(t *testing.T) {
	t.Parallel()
	d, stdout := newDemo(t)
	if err := d.run(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	var steps []string
	byStep := make(map[string]demoEvent)
	for _, event := range eventsOf(t, stdout) {
		steps = append(steps, event.Step)
		byStep[event.Step] = event
	}
	want := []string{"start", "build", "load", "validate", "import", "create", "password", "change", "disable", "delete", "delta", "denied", "compare", "secrets"}
	if !slices.Equal(steps, want) {
		t.Fatalf("have the steps %q, want %q", steps, want)
	}
	if users := byStep["import"].Users; len(users) != 5 {
		t.Errorf("the first import has %q, want 5 users", userLines(users))
	}
	delta := []string{"Delete u-2", "Replace u-6 mary, Mary Jackson, disabled, roles reader and author"}
	if have := userLines(byStep["delta"].Users); !slices.Equal(have, delta) {
		t.Errorf("the delta has %q, want %q", have, delta)
	}
	if denied := byStep["denied"]; denied.Denied != "HTTP-PATH" || !strings.Contains(denied.Detail, demoDenied) {
		t.Errorf("the denial is %+v", denied)
	}
	var own []string
	for _, u := range d.app.Users() {
		own = append(own, u.ID+" "+u.Login)
	}
	var last []string
	for _, u := range byStep["compare"].Users {
		last = append(last, u.ID+" "+u.Login)
	}
	if equal := byStep["compare"].Equal; equal == nil || !*equal || !slices.Equal(last, own) {
		t.Errorf("the last import has %q, the application %q", last, own)
	}
	for what, secret := range map[string]string{"token": d.token, "password": d.password} {
		if strings.Contains(stdout.String(), secret) {
			t.Errorf("the output holds the %s", what)
		}
	}
	if _, err := http.Get(d.url + "/users"); err == nil {
		t.Error("the application is still up")
	}
}

func TestDemoFailsWhenTheListsDiffer(t *testing.T) {
	t.Parallel()
	d, stdout := newDemo(t)
	d.own = func() []userdirectory.User {
		return append(d.app.Users(), userdirectory.User{ID: "u-99", Login: "ghost"})
	}
	err := d.run(t.Context(), true)
	if err == nil || exitCode(err) != exitFailed || !strings.Contains(err.Error(), "u-99 ghost") {
		t.Fatalf("have %v with exit code %d, want a failure with %d", err, exitCode(err), exitFailed)
	}
	if events := eventsOf(t, stdout); events[len(events)-1].Step != "denied" {
		t.Errorf("the last step is %s, want denied", events[len(events)-1].Step)
	}
}

func TestDemoIsCancelled(t *testing.T) {
	t.Parallel()
	d, _ := newDemo(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.run(ctx, true); exitCode(err) != exitInterrupted {
		t.Errorf("have %v with exit code %d, want %d", err, exitCode(err), exitInterrupted)
	}
}

func TestDemoPrintsText(t *testing.T) {
	t.Parallel()
	d, stdout := newDemo(t)
	d.asJSON = false
	event := demoEvent{Step: "import", Text: "Imported 2 users.", Detail: "told\x1b[2J", Users: []demoUser{
		{Change: "Add", ID: "u-1", Login: "a\nb", Name: "A B", Enabled: true}, {Change: "Delete", ID: "u-2"}}}
	if err := d.print(event); err != nil {
		t.Fatal(err)
	}
	want := "import    Imported 2 users.\n            told\\x1b[2J\n            Add u-1 a\\nb, A B\n            Delete u-2\n"
	if have := stdout.String(); have != want {
		t.Errorf("have %q, want %q", have, want)
	}
}

// The border finds a secret wherever it crosses.
func TestBorderFindsSecrets(t *testing.T) {
	t.Parallel()
	leaky := func(request abi.HTTPRequest, answer abi.HTTPAnswer) int {
		b := newBorder(nil, "s3cret")
		w := &watched{fixedLease{answer: answer}, b}
		if _, err := w.HTTP(t.Context(), abi.HTTPRequests{Requests: []abi.HTTPRequest{request}}); err != nil {
			t.Error(err)
		}
		_, leaks := b.counts()
		return leaks
	}
	clean := abi.HTTPAnswer{Status: 200}
	for name, have := range map[string]int{
		"a header out": leaky(abi.HTTPRequest{Headers: []abi.Field{{Name: "A", Value: "Bearer s3cret"}}}, clean),
		"a body out":   leaky(abi.HTTPRequest{Body: `{"p":"s3cret"}`}, clean),
		"a query out":  leaky(abi.HTTPRequest{Query: []abi.Field{{Name: "q", Value: "s3cret"}}}, clean),
		"a header in":  leaky(abi.HTTPRequest{}, abi.HTTPAnswer{Status: 200, Headers: []abi.Field{{Name: "A", Value: "s3cret"}}}),
		"a body in":    leaky(abi.HTTPRequest{}, abi.HTTPAnswer{Status: 200, Body: "s3cret"}),
		"an error in":  leaky(abi.HTTPRequest{}, abi.HTTPAnswer{Error: abi.NewError(abi.Denied, "s3cret")}),
	} {
		if have != 1 {
			t.Errorf("%s: found %d times, want once", name, have)
		}
	}
	if have := leaky(abi.HTTPRequest{Body: "secret"}, clean); have != 0 {
		t.Errorf("found %d secrets where there are none", have)
	}
}

// fixedLease answers every request alike.
type fixedLease struct {
	abi.HostLease
	answer abi.HTTPAnswer
}

func (l fixedLease) HTTP(context.Context, abi.HTTPRequests) (abi.HTTPAnswers, error) {
	return abi.HTTPAnswers{Answers: []abi.HTTPAnswer{l.answer}}, nil
}
