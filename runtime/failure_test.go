package runtime_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/runtime"
)

// Of the engine's error so many bytes are looked at, and none behind them.
func TestReasonIsCut(t *testing.T) {
	t.Parallel()
	const end = "\nwasm stack trace:\n\tab"
	for more, frame := range []string{"ab", "a"} {
		first := strings.Repeat("x", runtime.ReasonBytes+more-len(end))
		if have, want := runtime.Reason(errors.New(first+end)), first+`, in "`+frame+`"`; have != want {
			t.Errorf("of an error of %d bytes %q is left, want %q", runtime.ReasonBytes+more, have[len(have)-20:], want[len(want)-20:])
		}
	}
}
