package runtime

import (
	"errors"
	"strings"

	"github.com/ecmabox/ecmabox/runtime/admission"
)

// inspectLimits are for a module that no runtime has been chosen for: its own
// limits are as wide as any runtime's.
var inspectLimits = admission.Limits{TableElements: maxTableElements, MemoryPages: maxMemoryBytes / pageBytes}

// admitCode holds all of a module against limits, unless it has been refused. Its
// tables get their maxima before. What it finds goes into the report; it returns
// nil for a module that is refused.
func admitCode(r *Report, m *moduleShape, module []byte, limits admission.Limits) *admission.Admitted {
	if r.Err() != nil {
		return nil
	}
	limits.TableMaximum = true
	bounded := boundTables(module, m, uint32(limits.TableElements))
	limits.Bytes = max(len(bounded), 1)
	checked, err := admission.Check(bounded, limits)
	if err != nil {
		r.find(admissionRule(err), Refusal, "%s: %s", strings.TrimPrefix(err.Error(), "admission: "), admissionCure(err))
		return nil
	}
	r.Code = &checked.Report
	return checked
}

// admissionRule is the rule under which a refusal of admission is told.
func admissionRule(err error) string {
	var refusal *admission.Refusal
	if !errors.As(err, &refusal) {
		return RuleInvalid
	}
	switch refusal.Limit {
	case admission.RuleMalformed:
		return RuleMalformed
	case admission.RuleFeature:
		return RuleWasmFeature
	case admission.RuleReservedName:
		return RuleReservedName
	case admission.RuleSegmentBounds:
		return RuleSegmentBounds
	}
	if refusal.Index() {
		return RuleIndex
	}
	return RuleBound
}

// admissionCures tell what to do about a refusal, by rule.
var admissionCures = map[string]string{
	RuleMalformed:     "copy or build the module again",
	RuleWasmFeature:   "build for WebAssembly 2.0 without newer proposals",
	RuleReservedName:  "rename it",
	RuleSegmentBounds: "link the module again, with a larger memory or table",
	RuleIndex:         "the tool that wrote the module is at fault",
	RuleBound:         "make it smaller, as by splitting what is largest",
	RuleInvalid:       "the tool that wrote the module is at fault",
}

func admissionCure(err error) string { return admissionCures[admissionRule(err)] }
