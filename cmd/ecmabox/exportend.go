package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
)

// exportEnd collects what the end of an export is told from. Lists are of lines.
type exportEnd struct {
	total, done int
	// again are the changes that are to be sent again as they are: what was not
	// sent, and what failed for a while.
	again, unknown []int
	// The passwords of changes that are done themselves.
	passwordsLeft, passwordsUnknown []int
	// failed are the changes that failed for good, by the names of their errors.
	failed map[string][]int
	// hints are the cures of what the host denied or a limit of its ended.
	hints []string
	// unprinted are outcomes that the output did not take.
	unprinted []string
}

// add counts an outcome.
func (x *exportEnd) add(o host.Outcome) {
	line := o.Change.Line
	x.hint(o.Result.Detail)
	if o.PasswordError != nil {
		x.hint(o.PasswordError.Error())
	}
	switch {
	case o.HasPassword && o.Password == host.Unknown:
		// Also when the change is about the password alone.
		x.password(o)
		if o.State == host.Done {
			x.done++
		}
	case o.State == host.Unknown:
		x.unknown = append(x.unknown, line)
	case o.State == host.Failed && !o.Result.Retryable:
		if x.failed == nil {
			x.failed = make(map[string][]int)
		}
		x.failed[o.Result.Name] = append(x.failed[o.Result.Name], line)
	case o.State != host.Done:
		x.again = append(x.again, line)
	default:
		x.done++
		x.password(o)
	}
}

// password counts the password of a change that is done.
func (x *exportEnd) password(o host.Outcome) {
	switch {
	case !o.HasPassword || o.Password == host.Done:
	case o.Password == host.Unknown:
		x.passwordsUnknown = append(x.passwordsUnknown, o.Change.Line)
	default:
		x.passwordsLeft = append(x.passwordsLeft, o.Change.Line)
	}
}

// hint keeps the cure of what this host would not do.
func (x *exportEnd) hint(text string) {
	cure := hostHint(text)
	if cure == "" || len(x.hints) == maxHints {
		return
	}
	alike := func(have string) bool {
		return oneSegment.ReplaceAllString(have, "$1") == oneSegment.ReplaceAllString(cure, "$1")
	}
	if !slices.ContainsFunc(x.hints, alike) {
		x.hints = append(x.hints, cure)
	}
}

// maxHints bounds the cures that are told at once.
const maxHints = 10

// oneSegment finds the first segment of a path: objects of one kind, of which one
// tells enough, differ behind it.
var oneSegment = regexp.MustCompile(`("[A-Z]+ /[^/"]*)[^"]*`)

// failure adds to the error that ended a run what its changes say. An outcome that
// is not known comes before everything else.
func (x *exportEnd) failure(err error, s *host.ExportSummary) error {
	if e := abi.AsError(err); e != nil && codeOf(e) == exitDenied {
		// What ended the run is to be cured, and then the change that met it goes, too.
		x.again = append(x.again, x.failed[e.Code.String()]...)
	}
	var told []error
	tell := func(e entriesError, format string, args ...any) {
		e.text = fmt.Sprintf(format, args...)
		told = append(told, e)
	}
	if len(x.unknown) > 0 {
		tell(entriesError{unknown: true}, "the outcome of %s is not known; import and compare before you send %s again", count(len(x.unknown), "change"), lineList(x.unknown))
	}
	if len(x.passwordsUnknown) > 0 {
		tell(entriesError{unknown: true}, "%s may have been set or not (%s); %s", count(len(x.passwordsUnknown), "password"), lineList(x.passwordsUnknown), passwordRemedy)
	}
	if len(x.passwordsLeft) > 0 {
		tell(entriesError{passwords: true}, "%s not set (%s); %s", count(len(x.passwordsLeft), "password"), lineList(x.passwordsLeft), passwordRemedy)
	}
	switch {
	case err != nil && x.done > 0 && len(x.again) > 0:
		tell(entriesError{after: true}, "%d of %d are done; send %s again", x.done, x.total, lineList(x.again))
	case err != nil && x.done > 0 && len(told) == 0:
		tell(entriesError{after: true}, "%d of %d are done", x.done, x.total)
	case err == nil && s.Failed+s.NotSent > 0:
		tell(entriesError{}, "%s failed, %d not sent", count(int(s.Failed), "change"), s.NotSent)
	}
	if len(told) == 0 {
		return err
	}
	first := told[0].(entriesError)
	first.hints = x.hints
	told[0] = first
	return errors.Join(append([]error{err}, told...)...)
}

// passwordRemedy is what sets a password whose change is done: the change itself
// would be refused or carried out twice.
const passwordRemedy = "do not send these changes again, but for each anchor an Update with export_password alone"

// lose keeps an outcome that could not be printed.
func (x *exportEnd) lose(o host.Outcome) {
	text := fmt.Sprintf("line %d: %s", o.Change.Line, o.State)
	for _, a := range anchorOf(o) {
		text += ", anchor " + a.Value.Text()
	}
	if o.HasPassword {
		text += ", password " + o.Password.String()
	}
	if o.Result.Code != abi.ExportSuccess {
		text += ", " + o.Result.Code.String()
	}
	x.unprinted = append(x.unprinted, text)
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// maxRanges bounds how many runs of lines are named; each has its outcome as well.
const maxRanges = 20

// lineList names lines: line 4, or lines 2, 4-7.
func lineList(all []int) string {
	all = slices.Clone(all)
	slices.Sort(all)
	var parts []string
	for at := 0; at < len(all); {
		end := at
		for end+1 < len(all) && all[end+1] == all[end]+1 {
			end++
		}
		if len(parts) == maxRanges {
			parts = append(parts, "…")
			break
		}
		text := fmt.Sprint(all[at])
		if end > at {
			text += fmt.Sprintf("-%d", all[end])
		}
		parts = append(parts, text)
		at = end + 1
	}
	if len(all) == 1 {
		return "line " + parts[0]
	}
	return "lines " + strings.Join(parts, ", ")
}
