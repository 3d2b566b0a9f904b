package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/catalog"
	"github.com/ecmabox/ecmabox/host/config"
)

// The exit codes.
const (
	exitOK            = 0
	exitFailed        = 1
	exitUsage         = 2
	exitConnector     = 3
	exitUnavailable   = 4
	exitDenied        = 5
	exitEntriesFailed = 6
	exitUnknown       = 7
	exitDiffers       = 8
	exitInterrupted   = 130
)

const exitHelp = `Exit codes:
  0    done
  1    failed: this machine, such as a full disk
  2    usage or configuration: correct the command line, the file or the changes
  3    connector: it said so, crashed, passed a limit, did not come back, or broke the contract
  4    target unavailable, or too slow: nothing was changed, run again later
  5    denied: a grant is missing, or the target refuses the account
  6    some entries or passwords failed, or the target went away half-way
  7    the outcome of some entries or passwords is not known: look before sending again
  8    a replay differs from its recording
  130  interrupted`

// usageError is a mistake on the command line or in what it names.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// entriesError says that a run went through and some entries did not.
type entriesError struct {
	text string
	// unknown: the outcome of some is not known.
	unknown bool
	// passwords: passwords were not set although their entries are done, which
	// counts more than what ended the run.
	passwords bool
	// after: the run did not go through, and the text says how far it came.
	after bool
	// hints are cures of what failed.
	hints []string
}

func (e entriesError) Error() string { return e.text }

// deniedError says that a dry run showed what would be denied.
type deniedError struct{ text string }

func (e deniedError) Error() string { return e.text }

// exitCode turns an error into an exit code.
func exitCode(err error) int {
	var entries entriesError
	var usage usageError
	var configuration *config.Error
	var line *host.LineError
	var denial deniedError
	var differs differsError
	var refused *host.RefusedError
	switch e := abi.AsError(err); {
	case err == nil:
		return exitOK
	case errors.As(err, &differs):
		return exitDiffers
	case errors.As(err, &entries) && entries.unknown:
		return exitUnknown
	case errors.Is(err, context.Canceled), e != nil && e.Code == abi.Cancelled:
		return exitInterrupted
	case errors.As(err, &refused) && (e == nil || codeOf(e) == exitDenied):
		return exitDenied
	case errors.As(err, &usage), errors.As(err, &configuration), errors.As(err, &line), isMistake(err):
		return exitUsage
	case e == nil && errors.As(err, &denial):
		return exitDenied
	case e != nil && !leftHalf(err, e):
		return codeOf(e)
	case errors.As(err, &entries) && (e != nil || !entries.after):
		return exitEntriesFailed
	}
	return exitFailed
}

// leftHalf reports whether a run that e ended left its work half done, so that
// doing all of it again is wrong, whatever e says.
func leftHalf(err error, e *abi.Error) bool {
	var entries entriesError
	if !errors.As(err, &entries) {
		return false
	}
	return entries.passwords || entries.after && codeOf(e) == exitUnavailable
}

// isMistake reports whether an error is about what the caller named.
func isMistake(err error) bool {
	for _, kind := range []error{host.ErrForeignWatermark, catalog.ErrNotFound, catalog.ErrInvalidName, catalog.ErrAmbiguous, catalog.ErrInUse, catalog.ErrNoVersion, catalog.ErrTooLarge} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// codeOf sorts the failures of runs.
func codeOf(e *abi.Error) int {
	switch {
	case e.Code == abi.Denied, e.Code == abi.BadServerCredentials, e.Code == abi.AccessDenied:
		return exitDenied
	case e.Code == abi.OutcomeUnknown:
		return exitUnknown
	case e.Code == abi.DeadlineExceeded && e.Side == abi.SideGuest:
		// No target made it wait: it would not come back the next time either.
		return exitConnector
	case e.Code == abi.DeadlineExceeded && e.Side == abi.SideHost:
		return exitFailed // no target was asked
	case e.Code.Transient():
		return exitUnavailable
	case e.Side == abi.SideCaller && e.Code != abi.LimitExceeded:
		return exitUsage
	case e.Code == abi.HostFailure:
		return exitFailed
	}
	return exitConnector
}

// report prints an error, a line per mistake, and a hint where the cure is known.
func report(stderr io.Writer, err error) int {
	code := exitCode(err)
	if err == nil {
		return code
	}
	said := make(map[string]bool)
	for _, line := range lines(err) {
		if !said[line] {
			fmt.Fprintln(stderr, "ecmabox: "+line)
		}
		said[line] = true
	}
	for _, hint := range hintsFor(err) {
		fmt.Fprintln(stderr, "hint: "+hint)
	}
	return code
}

// lines takes joined errors apart, also those that others wrap. Each is one line:
// what a connector says must not look as if it came from us.
func lines(err error) []string {
	var all []string
	if joined := apart(err); joined != nil {
		for _, e := range joined {
			all = append(all, lines(e)...)
		}
		return all
	}
	if configuration, ok := err.(*config.Error); ok {
		return strings.Split(visibleLines(configuration.Error()), "\n")
	}
	if inner := errors.Unwrap(err); inner != nil {
		if prefix, ok := strings.CutSuffix(err.Error(), inner.Error()); ok {
			for _, line := range lines(inner) {
				all = append(all, visible(prefix)+line)
			}
			return all
		}
	}
	return []string{visible(err.Error())}
}

// apart returns the errors that errors.Join put together; nil for any other error,
// also for one whose sentence wraps several.
func apart(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var texts []string
	for _, e := range joined.Unwrap() {
		texts = append(texts, e.Error())
	}
	if strings.Join(texts, "\n") != err.Error() {
		return nil
	}
	return joined.Unwrap()
}

// visible escapes what would steer a terminal, line breaks among it.
func visible(s string) string { return escape(s, false) }

// visibleLines is visible for texts of ours that have several lines.
func visibleLines(s string) string { return escape(s, true) }

func escape(s string, breaks bool) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsGraphic(r), breaks && r == '\n':
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// hintsFor returns what cures an error and the entries that failed, each once.
func hintsFor(err error) []string {
	var all []string
	var entries entriesError
	if errors.As(err, &entries) {
		for _, hint := range entries.hints {
			all = append(all, visible(hint))
		}
	}
	if hint := hintFor(err); hint != "" && !slices.Contains(all, hint) {
		all = append(all, hint)
	}
	return all
}

// hintFor returns what usually cures an error.
func hintFor(err error) string {
	e := abi.AsError(err)
	var entries entriesError
	if refused := (*host.RefusedError)(nil); errors.As(err, &refused) {
		return visible(hostHint(refused.Words))
	}
	if e == nil {
		return ""
	}
	if cure := runtimeHint(e); cure != "" {
		return cure
	}
	if errors.As(err, &entries) && entries.unknown {
		// Where outcomes are unknown, running again is no cure.
		return ""
	}
	if cure := hostHint(e.Error()); cure != "" {
		return visible(cure)
	}
	switch e.Code {
	case abi.BadServerCredentials:
		return "check the secret that the target's credentials name"
	case abi.AccessDenied:
		return "the target knows the account and refuses what it tries; give it the rights"
	case abi.Denied:
		return "the connector asked for something the configuration does not grant; see targets in docs/configuration.md"
	case abi.ServerDown, abi.FailedConnection, abi.DroppedConnection, abi.NotSent:
		if errors.As(err, &entries) {
			// What is to be sent again was said with the error.
			return ""
		}
		return "the target cannot be reached, or fails; run again later"
	case abi.InvalidModule:
		if e.Rule == "" {
			// The findings were just printed.
			return ""
		}
		return "ecmabox inspect MODULE tells everything about a module"
	case abi.ObjectNotFound:
		return "the target is there, and says that what was asked for is not; look whether its baseURL is that of the API, and, where a rule of the recipe says gone, whether that rule is meant for this answer"
	}
	return ""
}
