package abi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// FuzzDecode reads any bytes as any message: no panic; and what is taken, when
// written, is read again and written the same.
func FuzzDecode(f *testing.F) {
	all := samples()
	seeds := 0
	for i, s := range all {
		data, err := os.ReadFile(filepath.Join(vectors, s.name+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), strings.TrimSuffix(string(data), "\n"))
		seeds++
	}
	malformed, _ := filepath.Glob(filepath.Join(vectors, "malformed", "*.txt"))
	for i, file := range malformed {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(data))
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	types := abi.NewTypeIndex(sampleSchema)
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		s := all[int(kind)%len(all)]
		for _, index := range []*abi.TypeIndex{types, nil} {
			m := s.fresh()
			if abi.Decode(text, m, index) != nil {
				continue
			}
			again(t, s, m, index)
		}
		_ = abi.DecodeReply(text, s.fresh(), types)
		_ = abi.DecodeHostReply(text, s.fresh())
	})
}

func again(t *testing.T, s sample, m abi.Message, index *abi.TypeIndex) {
	var w wire.Writer
	abi.Encode(&w, m)
	if w.Err() != nil {
		t.Fatalf("decoded text is not UTF-8: %v", w.Err())
	}
	first := string(w.Bytes())
	n := s.fresh()
	if err := abi.Decode(first, n, index); err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, first)
	}
	w.Reset()
	abi.Encode(&w, n)
	if second := string(w.Bytes()); second != first {
		t.Fatalf("written differently the second time:\n%s\n%s", first, second)
	}
}
