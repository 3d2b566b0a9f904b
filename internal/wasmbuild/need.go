package wasmbuild

import (
	"errors"
	"os"
	"os/exec"
)

// Need ends a test that cannot go on for the error of a Build, and does nothing without
// one. Where there is no compiler the test is skipped, but not in CI, which has all of
// them. test is the *testing.T.
func Need(test interface {
	Helper()
	Skip(...any)
	Fatal(...any)
}, err error) {
	test.Helper()
	switch {
	case errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true":
		test.Skip("NOT CHECKED:", err)
	case err != nil:
		test.Fatal(err)
	}
}
