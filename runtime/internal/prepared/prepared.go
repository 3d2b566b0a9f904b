// Package prepared makes of a module what the engine compiles, in three passes:
// admission, metering, and the plan of its start. What they make hangs on the module,
// the Settings and the text of this package and those it imports, and on nothing
// else, so that it can be kept.
package prepared

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"reflect"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/wasmcode"
	"github.com/ecmabox/ecmabox/runtime/metering"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// Settings are all that the passes are told besides the module.
type Settings struct {
	// Limits are those of admission.
	Limits admission.Limits
	// Unmetered leaves the module as it is but for the names of its functions, which
	// metering cuts and which are left out here: they may have any length, and the
	// engine writes them into the trace of every trap.
	Unmetered bool
	// Anew is why each instance is started anew; "" plans for snapshots.
	Anew string
}

// Module is a module that was admitted, metered and planned.
type Module struct {
	Report admission.Report
	// Frames is what the largest of its functions takes; 0 if it is not metered.
	Frames int
	Plan   *snapshot.Plan
}

// Make carries out the passes. It takes time and memory linear in the module's
// length. The error is an *admission.Refusal for a module that is refused; any other
// is a mistake of the host's. The module must not change any more.
func Make(module []byte, s Settings) (*Module, error) {
	admitted, err := admission.Check(module, s.Limits)
	if err != nil {
		return nil, err
	}
	var code []byte
	frames := 0
	if s.Unmetered {
		code, err = withoutNames(admitted.Module())
	} else {
		code, frames, err = metering.Rewrite(admitted)
	}
	if err != nil {
		return nil, err
	}
	plan, err := planOf(code, s.Anew)
	if err != nil {
		return nil, err
	}
	return &Module{admitted.Report, frames, plan}, nil
}

// withoutNames leaves out the custom section "name".
func withoutNames(module []byte) (without []byte, err error) {
	defer wasmcode.Catch(&err)
	const header = 8
	without, end := append(make([]byte, 0, len(module)), module[:header]...), header
	wasmcode.Sections(module, func(s wasmcode.Section) {
		if s.ID != wasmcode.SectionCustom || string(wasmcode.NewReader(module, s.From, s.To).Name()) != "name" {
			without = append(without, module[end:s.To]...)
		}
		end = s.To
	})
	return without, nil
}

func planOf(code []byte, anew string) (*snapshot.Plan, error) {
	if anew != "" {
		return snapshot.Anew(code, anew)
	}
	return snapshot.Prepare(code, metering.FuelName, metering.DepthName, metering.MarkName)
}

// Key names what Make makes of a module, in hexadecimal digits. The text of the
// passes is not in it.
func (s Settings) Key(module []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%#v\n", s)
	h.Write(module)
	return hex.EncodeToString(h.Sum(nil))
}

// numberBytes is the length of each number of a report.
const numberBytes = 8

// Bytes returns all of the module, as Read reads it: the numbers of the report in the
// order of its fields and the frames, 8 bytes each, the lowest first, and the plan.
func (m *Module) Bytes() []byte {
	var b []byte
	report := reflect.ValueOf(m.Report)
	for i := range report.NumField() {
		n := uint64(0)
		if f := report.Field(i); f.CanInt() {
			n = uint64(f.Int())
		} else if f.Bool() {
			n = 1
		}
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return m.Plan.Append(binary.LittleEndian.AppendUint64(b, uint64(m.Frames)))
}

// Read reads what Bytes returned; the module holds on to it. The error says that
// Bytes returns nothing of the kind. Like snapshot.ReadPlan it is for bytes that
// nobody else could write.
func Read(b []byte) (*Module, error) {
	m := &Module{}
	report := reflect.ValueOf(&m.Report).Elem()
	if len(b) < (report.NumField()+1)*numberBytes {
		return nil, errors.New("prepared: there is no report")
	}
	for i := range report.NumField() {
		n := binary.LittleEndian.Uint64(b)
		b = b[numberBytes:]
		if f := report.Field(i); f.CanInt() && int64(n) >= 0 && !f.OverflowInt(int64(n)) {
			f.SetInt(int64(n))
		} else if f.Kind() == reflect.Bool && n < 2 {
			f.SetBool(n == 1)
		} else {
			return nil, fmt.Errorf("prepared: %d is no %s", n, report.Type().Field(i).Name)
		}
	}
	frames := binary.LittleEndian.Uint64(b)
	if frames > math.MaxInt32 {
		return nil, fmt.Errorf("prepared: %d is no number of frames", frames)
	}
	m.Frames = int(frames)
	var err error
	if m.Plan, err = snapshot.ReadPlan(b[numberBytes:]); err != nil {
		return nil, err
	}
	return m, nil
}
