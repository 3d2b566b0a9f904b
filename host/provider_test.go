package host_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
	"github.com/ecmabox/ecmabox/hostfuncs/recording"
)

// TestRecordAndReplay: a recorder stands before what the configuration grants, and
// a replay takes its place, with no secret to be had.
func TestRecordAndReplay(t *testing.T) {
	t.Parallel()
	c, err := config.Parse("x.yaml", []byte("connector: sample\nmodule: "+answersWell+"\nsecrets: {s: {env: SECRET}}\n"+
		"targets: {app: {baseURL: https://app.example, methods: [GET], paths: [/users], credentials: [{bearer: {secret: s}}]}}\n"), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	imported := func(o host.Options) (entries int64, err error) {
		connector, err := host.Open(t.Context(), c, o)
		if err != nil {
			return 0, err
		}
		summary, err := connector.Import(t.Context(), host.ImportRequest{}, func([]abi.CSEntryChange) error { return nil })
		return summary.Entries, errors.Join(err, connector.Close(t.Context()))
	}
	var b bytes.Buffer
	var r *recording.Recorder
	entries, err := imported(host.Options{
		LookupEnv: func(string) (string, bool) { return "c4n4ry-s3cret", true },
		Record: func(hosts abi.HostProvider, m host.Module) (abi.HostProvider, error) {
			r, err = recording.NewRecorder(hosts, &b, recording.Header{ModuleSHA256: m.Report.SHA256})
			return r, err
		},
	})
	if err = errors.Join(err, r.Finish(recording.Result{})); err != nil || entries != 1 {
		t.Fatalf("%d entries, %v", entries, err)
	}
	taken, err := recording.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	replay := taken.Replay()
	entries, err = imported(host.Options{Replay: replay})
	if err = errors.Join(err, replay.Finish(recording.Result{})); err != nil || entries != 1 {
		t.Errorf("the replay: %d entries, %v", entries, err)
	}
	if leases, _ := taken.Calls(); leases == 0 || taken.Header().ModuleSHA256 == "" {
		t.Errorf("%d leases of the module %q", leases, taken.Header().ModuleSHA256)
	}
	if _, err := imported(host.Options{}); err == nil {
		t.Error("without a replay the secret is missing, and that is not said")
	}
	broken := errors.New("the disk is full")
	if _, err := imported(host.Options{
		LookupEnv: func(string) (string, bool) { return "c4n4ry-s3cret", true },
		Record:    func(abi.HostProvider, host.Module) (abi.HostProvider, error) { return nil, broken },
	}); !errors.Is(err, broken) {
		t.Error(err)
	}
}
