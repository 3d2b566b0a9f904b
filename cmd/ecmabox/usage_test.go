package main

import (
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime"
)

// What was used is told of the instance that used the most, and unasked only when
// a limit is near.
func TestUsages(t *testing.T) {
	t.Parallel()
	var u usages
	for _, used := range []int64{10, 80, 20} {
		u.add(runtime.Usage{Lane: abi.LaneImport, Limits: []runtime.LimitUse{{Name: "FuelPerRun", Used: used, Allowed: 100}, {Name: "StderrBytes", Used: 79, Allowed: 100}}})
	}
	for all, want := range map[bool]string{
		false: "used in the import lane: FuelPerRun 80 %\n",
		true:  "used in the import lane: FuelPerRun 80 %, StderrBytes 79 %\n",
	} {
		var b strings.Builder
		if u.tell(&b, all); b.String() != want {
			t.Errorf("have %q, want %q", b.String(), want)
		}
	}
	if u.fuel() != 110 {
		t.Errorf("have %d units of fuel in all", u.fuel())
	}
}
