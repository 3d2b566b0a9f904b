package runtime

import (
	"errors"
	"strings"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/prepared"
)

// inspectSettings are for a module that no runtime has been chosen for: its own
// limits are as wide as any runtime's.
var inspectSettings = prepared.Settings{
	Limits:    admission.Limits{TableElements: maxTableElements, MemoryPages: maxMemoryBytes / pageBytes},
	Unmetered: true,
}

// admitCode holds all of a module against limits and prepares it for the engine,
// unless it has been refused. Its tables get their maxima before. What is found goes
// into the report; a module that is refused comes back as nil. cache may be nil.
func admitCode(r *Report, m *moduleShape, module []byte, s prepared.Settings, cache *compileCache) (*preparation, error) {
	if r.Err() != nil {
		return nil, nil
	}
	s.Limits.TableMaximum = true
	bounded := boundTables(module, m, uint32(s.Limits.TableElements))
	s.Limits.Bytes = max(len(bounded), 1)
	p, err := cache.prepare(bounded, s)
	var refusal *admission.Refusal
	if errors.As(err, &refusal) {
		rule := admissionRule(refusal)
		r.find(rule, Refusal, "%s: %s", strings.TrimPrefix(refusal.Error(), "admission: "), admissionCures[rule])
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	code := p.Report
	r.Code, r.NoSnapshot = &code, p.Plan.Obstacle
	return p, nil
}

// admissionRule is the rule under which a refusal of admission is told.
func admissionRule(refusal *admission.Refusal) string {
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
}
