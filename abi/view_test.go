package abi_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// scribble changes memory that a message was read from.
func scribble(view []byte) {
	for i := range view {
		view[i] = '#'
	}
}

// TestViews has every message keep what it says when the memory changes that it was
// read from.
func TestViews(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		for _, types := range []*abi.TypeIndex{abi.NewTypeIndex(sampleSchema), nil} {
			text := encode(t, s.message)
			want := s.fresh()
			if err := abi.Decode(text, want, types); err != nil {
				t.Fatal(err)
			}
			have, view := s.fresh(), []byte(text)
			if err := abi.DecodeView(view, have, types, nil); err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if scribble(view); !reflect.DeepEqual(have, want) {
				t.Errorf("%s: have %+v, want %+v", s.name, have, want)
			}
			have, view = s.fresh(), []byte(`{"result":`+text+`}`)
			if err := abi.DecodeReplyView(view, have, types, nil); err != nil {
				t.Fatalf("%s, as a reply: %v", s.name, err)
			}
			if scribble(view); !reflect.DeepEqual(have, want) {
				t.Errorf("%s, as a reply: have %+v, want %+v", s.name, have, want)
			}
		}
	}
}

// What no sample has: values of the wrong type, names that are not in the schema, and
// texts that are cut, escaped or long.
func TestOddViews(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("y", 100_000)
	tests := []struct {
		fresh func() abi.Message
		text  string
	}{
		{func() abi.Message { return &abi.CSEntryChangeResult{} }, `{"id":"1","anchor":{"id":5,"b":["x"],"c":true,"d":null}}`},
		{func() abi.Message { return &abi.CSEntry{} }, `{"attributes":{"mail":5,"tags":["a",[1]],"age":"x","photo":"AP8","other":["z"],"active":"q"}}`},
		{func() abi.Message { return &abi.LogEntry{} }, `{"level":"info","message":"` + long + `","fields":[["` + long + `","\u00e9"]]}`},
		{func() abi.Message { return &abi.HTTPRequests{} }, `{"requests":[{"target":"t","method":"GET","path":"` + long + `","body":"\n"}]}`},
		{func() abi.Message { return &abi.RevealMessage{} }, `{"value":"` + long + `"}`},
		{func() abi.Message { return &abi.Error{} }, `{"code":"ServerDown","message":"` + long + `"}`},
	}
	for _, tt := range tests {
		for _, types := range []*abi.TypeIndex{abi.NewTypeIndex(sampleSchema), nil} {
			want, have, view := tt.fresh(), tt.fresh(), []byte(tt.text)
			if err := errors.Join(abi.Decode(tt.text, want, types), abi.DecodeView(view, have, types, nil)); err != nil {
				t.Fatal(err)
			}
			if scribble(view); !reflect.DeepEqual(have, want) {
				t.Errorf("%T: have %.200s, want %.200s", have, fmt.Sprintf("%+v", have), fmt.Sprintf("%+v", want))
			}
		}
	}
}

// An error that a reply is, and one that says what is wrong with it, are their own.
func TestErrorViews(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"error":` + encode(t, &sampleFailure) + `}`, `{"result":{"custom_data":{"a":1}}}`, `{"result":{"` + strings.Repeat("k", 100) + `":x}}`} {
		view := []byte(text)
		err := abi.DecodeReplyView(view, &abi.CustomDataMessage{}, nil, nil)
		if err == nil {
			t.Fatalf("%s is taken", text)
		}
		want := err.Error()
		if scribble(view); err.Error() != want {
			t.Errorf("have %v, want %s", err, want)
		}
	}
}

// TestStoppedViews has the reading of a long message stopped: while it is copied, if it
// is, and while it is read.
func TestStoppedViews(t *testing.T) {
	t.Parallel()
	view := []byte(`{"x":[` + strings.Repeat(`[],`, 1<<20) + `0],"entries":[],"requests":[]}`)
	stop := errors.New("enough")
	for _, m := range []abi.Message{&abi.Empty{}, &abi.EntriesMessage{}, &abi.HTTPRequests{}} {
		looks, stopAt := 0, 0
		goOn := func(int64) error {
			if looks++; looks == stopAt {
				return stop
			}
			return nil
		}
		for _, read := range []func() error{
			func() error { return abi.DecodeView(view, m, nil, goOn) },
			func() error {
				err := abi.DecodeReplyView(view, m, nil, goOn)
				if errors.Is(err, abi.InvalidMessage) {
					err = nil // it is no reply, which is seen at the end
				}
				return err
			},
		} {
			looks, stopAt = 0, 0
			if err := read(); err != nil {
				t.Fatalf("%T: %v", m, err)
			}
			all := looks
			if least := len(view) / (64 << 10) / 2; all < least {
				t.Errorf("%T: %d looks, want %d at least", m, all, least)
			}
			for _, stopAt = range []int{1, 2, all / 2, all} {
				looks = 0
				if err := read(); err != stop || looks != stopAt {
					t.Errorf("%T: stopped at look %d of %d it ends with %v after %d", m, stopAt, all, err, looks)
				}
			}
		}
	}
}

// Lists that are moved to a larger place are moved in pieces.
func TestStoppedList(t *testing.T) {
	t.Parallel()
	const n = 200_000
	text := `{"attributes":{"mail":[` + strings.Repeat(`1,`, n-1) + `1]}}`
	looks, stop := 0, errors.New("enough")
	if err := abi.DecodeView([]byte(text), &abi.CSEntry{}, nil, func(int64) error { looks++; return nil }); err != nil {
		t.Fatal(err)
	}
	// The list is moved at 2,048 values, at 4,096, and so on.
	if reading, least := len(text)/(64<<10), n/2048/2; looks < reading+least {
		t.Errorf("%d looks, want %d at least", looks, reading+least)
	}
	for stopAt := 1; stopAt <= looks; stopAt += 7 {
		now := 0
		err := abi.DecodeView([]byte(text), &abi.CSEntry{}, nil, func(int64) error {
			if now++; now == stopAt {
				return stop
			}
			return nil
		})
		if err != stop || now != stopAt {
			t.Errorf("stopped at look %d it ends with %v after %d", stopAt, err, now)
		}
	}
}

// Results that were not read to their end are none: one of which no more than the
// identifier was read would be a success.
func TestStoppedResults(t *testing.T) {
	t.Parallel()
	one := `{"id":"` + strings.Repeat("i", 400) + `","code":"ExportErrorInvalidDN","x":"` + strings.Repeat(`\n`, 40_000) + `"}`
	view := []byte(`{"results":[` + strings.Repeat(one+",", 4) + one + `]}`)
	for stopAt := 1; ; stopAt++ {
		var m abi.PutExportEntriesResults
		now, stop := 0, errors.New("enough")
		err := abi.DecodeView(view, &m, nil, func(int64) error {
			if now++; now == stopAt {
				return stop
			}
			return nil
		})
		if err == nil {
			if stopAt < 5 || len(m.Results) != 5 || m.Results[4].Code != abi.ExportErrorInvalidDN {
				t.Errorf("after %d looks there are %d results", now, len(m.Results))
			}
			return
		}
		if err != stop || len(m.Results) != 0 {
			t.Errorf("stopped at look %d it ends with %v and %d results", stopAt, err, len(m.Results))
		}
	}
}

// What a message makes is told as it is made: the copy of its text before it is read, its
// values and its fields, and never less than before.
func TestMadeIsTold(t *testing.T) {
	t.Parallel()
	const n = 40_000
	fields := strings.TrimSuffix(strings.Repeat(`["",""],`, abi.MaxParameters), ",")
	request := strings.Repeat(`{"target":"t","method":"GET","path":"/","headers":[`+fields+`]},`, n/abi.MaxParameters)
	long := `"x":"` + strings.Repeat("x", n) + `","y":"` + strings.Repeat("y", 64<<10) + `"` // until it is asked once more
	tests := map[string]struct {
		text string
		m    abi.Message
		each int // of n that it holds
	}{
		"text":   {`{` + strings.Repeat(" ", 1<<20) + long + `}`, &abi.Empty{}, 0},
		"values": {`{"entries":[{"attributes":{"mail":[` + strings.TrimSuffix(strings.Repeat(`1,`, n), ",") + `]}}],` + long + `}`, &abi.GetImportEntriesResults{}, 104},
		"fields": {`{"requests":[` + strings.TrimSuffix(request, ",") + `],` + long + `}`, &abi.HTTPRequests{}, 96},
	}
	for name, tt := range tests {
		first, last := int64(-1), int64(0)
		err := abi.DecodeView([]byte(tt.text), tt.m, nil, func(made int64) error {
			if first < 0 {
				first = made
			}
			if made < last {
				t.Errorf("%s: %d bytes are made after %d", name, made, last)
			}
			last = made
			return nil
		})
		copied := 0
		if tt.each > 0 {
			copied = len(tt.text)
		}
		if most := int64(copied + len(tt.text) + n*tt.each + 1024); err != nil || first < int64(copied) || last > most || last < most-128<<10 {
			t.Errorf("%s: %v; %d bytes at first, %d at last, want %d and %d", name, err, first, last, copied, most)
		}
	}
}

// A message that is too long is refused before any of it is copied or read.
func TestLongView(t *testing.T) {
	t.Parallel()
	view := make([]byte, abi.MaxMessageBytes+1)
	err := abi.DecodeView(view, &abi.HTTPRequests{}, nil, func(int64) error { return errors.New("it is read") })
	if e := abi.AsError(err); e == nil || e.Limit != "MaxMessageBytes" {
		t.Errorf("have %v", err)
	}
	var syntax *wire.SyntaxError
	if err := abi.DecodeView(nil, &abi.Empty{}, nil, nil); !errors.As(err, &syntax) {
		t.Errorf("an empty view: %v", err)
	}
}
