package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns a terminal, and what is written to it once it is closed.
func openTerminal(t *testing.T) (terminal *os.File, written func() string) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	text := make(chan string, 1)
	go func() {
		// It ends with EIO when the terminal is closed.
		data, _ := io.ReadAll(screen)
		text <- string(data)
	}()
	return terminal, func() string { terminal.Close(); return <-text }
}

// TestProgressAndResultsShareATerminal: nothing that is printed stands behind the
// line of the progress.
func TestProgressAndResultsShareATerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a connector")
	}
	b := startBroker(adminPassword)
	t.Cleanup(b.Close)
	file := brokerConfig(t, b)
	for _, format := range []string{"--json", "--table"} {
		changes := `{"anchor":{"name":"a` + format + `"}}` + "\n" + `{"anchor":{"name":"b` + format + `"}}` + "\n"
		terminal, written := openTerminal(t)
		code := run(t.Context(), []string{"run", "export", format, "-c", file}, strings.NewReader(changes), terminal, terminal)
		text := written()
		if code != exitOK || !strings.Contains(text, "\x1b[K1 entries") || strings.Count(text, "done") != 3 {
			t.Errorf("%s: exit code %d:\n%q", format, code, text)
		}
		if found := regexp.MustCompile(`[0-9] entries[^\r]`).FindString(text); found != "" {
			t.Errorf("%s: %q stands in\n%q", format, found, text)
		}
	}
}
