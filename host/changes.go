package host

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
	"github.com/ecmabox/ecmabox/internal/spelling"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// The limits of a list of changes: all of them are checked before any is sent, and
// so are in memory together.
const (
	MaxChanges      = 1_000_000
	MaxChangesBytes = 512 << 20
	maxLineMistakes = 100
)

// Change is one change to export.
type Change struct {
	// Line is where it stands in its file, counted from 1; 0 is nowhere.
	Line int
	// Entry has its identifier and object type filled in.
	Entry abi.CSEntryChange
}

// LineError is a mistake in one line.
type LineError struct {
	Line int
	Err  error
}

// Error returns the line and the mistake.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the mistake.
func (e *LineError) Unwrap() error { return e.Err }

// ReadChanges reads changes, one JSON object a line in the form of the ABI's
// export entries, and checks them all against the contract. Empty lines are
// skipped, and so is a byte order mark before the first line. An entry without id
// gets one made from what it says but for its secrets, so that the same change has
// the same one again. The error joins a *LineError for every mistake, up to 100.
func (c *Connector) ReadChanges(ctx context.Context, r io.Reader) ([]Change, error) {
	return c.readChanges(ctx, r, MaxChangesBytes)
}

func (c *Connector) readChanges(ctx context.Context, r io.Reader, most int) ([]Change, error) {
	s, err := c.settle(ctx)
	if err != nil {
		return nil, err
	}
	reader := &changeReader{
		agreement: s.agreement, types: abi.NewTypeIndex(s.agreement.ExportSchema),
		run: contract.NewExportRun(s.agreement), lines: make(map[string]int), most: most,
	}
	return reader.read(ctx, r)
}

type changeReader struct {
	agreement *contract.Agreement
	types     *abi.TypeIndex
	run       *contract.ExportRun
	// most is how many bytes there may be.
	most int
	// lines are the lines of the identifiers so far.
	lines    map[string]int
	changes  []Change
	mistakes []error
}

func (r *changeReader) read(ctx context.Context, in io.Reader) ([]Change, error) {
	limited := &io.LimitedReader{R: in, N: int64(r.most) + 1}
	scanner := bufio.NewScanner(limited)
	scanner.Buffer(nil, abi.MaxEntryBytes+2)
	tooMuch := fmt.Errorf("there are more than %d changes or %d bytes; export them in parts", MaxChanges, r.most)
	line := 0
	for scanner.Scan() {
		line++
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text := scanner.Text()
		if line == 1 {
			if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
				// All other lines would be mistakes for the same reason.
				return nil, &LineError{line, errors.New("the file is UTF-16; save it as UTF-8")}
			}
			text = strings.TrimPrefix(text, byteOrderMark)
		}
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if len(r.changes) == MaxChanges {
			return nil, &LineError{line, tooMuch}
		}
		if r.line(line, text); len(r.mistakes) >= maxLineMistakes {
			return nil, errors.Join(append(r.mistakes, errors.New("and perhaps more"))...)
		}
	}
	if limited.N == 0 {
		// What was read ends anywhere.
		return nil, &LineError{line, tooMuch}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		r.wrong(line+1, fmt.Errorf("it is longer than %d bytes", abi.MaxEntryBytes))
	} else if err != nil {
		return nil, err
	}
	if len(r.mistakes) > 0 {
		return nil, errors.Join(r.mistakes...)
	}
	return r.changes, nil
}

func (r *changeReader) wrong(line int, err error) {
	r.mistakes = append(r.mistakes, &LineError{line, err})
}

// byteOrderMark is what some editors put before UTF-8. At the beginning of a file it
// is no text; on a line further down it tells of files that were put together.
const byteOrderMark = "\ufeff"

// line reads and checks one line.
func (r *changeReader) line(line int, text string) {
	if strings.HasPrefix(text, byteOrderMark) {
		r.wrong(line, errors.New("a byte order mark (U+FEFF) stands at its beginning; remove it"))
		return
	}
	change := Change{Line: line}
	e := &change.Entry
	if err := errors.Join(checkKeys(text), abi.Decode(text, e, r.types)); err != nil {
		r.wrong(line, err)
		return
	}
	if e.ObjectType == "" {
		e.ObjectType = r.agreement.ObjectType
	}
	if e.Identifier == "" {
		e.Identifier = r.identifier(*e)
	}
	if first, twice := r.lines[e.Identifier]; twice {
		r.wrong(line, fmt.Errorf("line %d has the same id, or differs in secrets alone; give each change an id of its own", first))
		return
	}
	r.lines[e.Identifier] = line
	if err := r.check(change); err != nil {
		r.wrong(line, err)
		return
	}
	r.changes = append(r.changes, change)
}

// identifier makes an identifier of what an entry says. Connector, target and
// output see it: a secret must not be guessed from it, so that of a sensitive
// attribute only the name counts.
func (r *changeReader) identifier(e abi.CSEntryChange) string {
	e.Attributes = slices.Clone(e.Attributes)
	for n, c := range e.Attributes {
		if a := r.agreement.ExportSchema.Types[0].Attribute(c.Name); c.Name == abi.ExportPassword || a != nil && a.Sensitive {
			e.Attributes[n] = abi.AttributeChange{Name: c.Name, Modification: abi.AttributeDelete}
		}
	}
	slices.SortStableFunc(e.Attributes, func(a, b abi.AttributeChange) int { return strings.Compare(a.Name, b.Name) })
	var w wire.Writer
	abi.Encode(&w, &e)
	sum := sha256.Sum256(w.Bytes())
	return hex.EncodeToString(sum[:16])
}

// check asks the contract about the change as it will be sent.
func (r *changeReader) check(change Change) error {
	if e := change.Entry; e.Error != nil {
		return errors.New("error is a key of imports; remove it")
	}
	i := newItem(change, r.agreement)
	if a := change.Entry.Attribute(abi.ExportPassword); a != nil {
		if r.agreement.ExportSchema.Types[0].Attribute(abi.ExportPassword) == nil {
			return errors.New("it holds export_password; write exportPassword: true in the configuration to map passwords")
		}
		if a.Modification != abi.AttributeDelete && (len(a.Values) != 1 || a.Values[0].Type() != abi.String || a.Values[0].Text() == "") {
			return errors.New("export_password is no text, or empty")
		}
		if a.Modification == abi.AttributeDelete {
			return errors.New("export_password cannot be cleared")
		}
	}
	if most := abi.MaxNameBytes - len(passwordSuffix); i.HasPassword && !r.agreement.Capabilities.SupportPassword && len(i.entry.Identifier) > most {
		return fmt.Errorf("its id is longer than %d bytes, the most where a password follows in an update of its own", most)
	}
	if i.onlyPassword() {
		// Check the object; a change of nothing is no entry.
		i.entry.Modification = abi.ObjectUpdate
		if r.agreement.Capabilities.ExportType == abi.ExportObjectReplace {
			i.entry.Modification = abi.ObjectReplace
		}
	}
	return r.run.Entries(1, []abi.CSEntryChange{i.entry})
}

// entryKeys are the keys of an entry. The ABI ignores others; here a misspelt
// change would make an Add of a Delete.
var entryKeys = []string{"id", "change", "object_type", "dn", "new_dn", "anchor", "attributes", "error"}

func checkKeys(text string) error {
	r := wire.NewReader(text)
	var mistakes []error
	for r.Object(); r.NextKey(); {
		if key := r.Key(); !slices.Contains(entryKeys, key) {
			cure := spelling.Nearest(key, entryKeys)
			if cure == "" {
				cure = "known are " + strings.Join(entryKeys, ", ")
			}
			mistakes = append(mistakes, fmt.Errorf("%s is no key of an entry; %s", quoted(key), cure))
		}
		r.Skip()
	}
	// What is no JSON is told by Decode, with the place.
	return errors.Join(mistakes...)
}
