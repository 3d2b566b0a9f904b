package runtime

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ecmabox/ecmabox/runtime/admission"
	"github.com/ecmabox/ecmabox/runtime/internal/prepared"
)

// limitsOf are the limits for modules, by where they are compiled: wide ones where
// that is in a process of their own.
func limitsOf(apart bool, tableElements int, memoryBytes int64) admission.Limits {
	var limits admission.Limits
	if apart {
		limits = admission.Wide()
	}
	limits.TableElements, limits.MemoryPages = tableElements, int(memoryBytes/pageBytes)
	return limits
}

// inspectSettings are for a module that no runtime has been chosen for: its limits are
// as wide as those of any runtime in this program.
func inspectSettings() prepared.Settings {
	return prepared.Settings{Limits: limitsOf(compilesApart(&Config{}), maxTableElements, maxMemoryBytes), Unmetered: true}
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
		cure := admissionCures[rule]
		if rule == RuleBound && mayCompileApart && fitsApart(bounded, s) {
			cure = apartCure
		}
		r.find(rule, Refusal, "%s: %s", strings.TrimPrefix(refusal.Error(), "admission: "), cure)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	code := p.Report
	r.Code, r.NoSnapshot, r.OnlyApart = &code, p.Plan.Obstacle, onlyApart(code)
	return p, nil
}

const apartCure = "compile it in a process of its own: call runtime.CompileChild first in main"

// fitsApart says that a module that was refused is admitted where it is compiled in a
// process of its own.
func fitsApart(module []byte, s prepared.Settings) bool {
	wide := limitsOf(true, s.Limits.TableElements, int64(s.Limits.MemoryPages)*pageBytes)
	wide.TableMaximum, wide.Bytes = s.Limits.TableMaximum, s.Limits.Bytes
	_, err := admission.Check(module, wide)
	return err == nil
}

// onlyApart tells what a module has that is too much to compile in the process.
func onlyApart(code admission.Report) string {
	var over []string
	for _, u := range code.Uses() {
		if u.OnlyWide() {
			over = append(over, fmt.Sprintf("%s is %d, the most in the process itself is %d", u.Limit, u.Used, u.Allowed))
		}
	}
	return strings.Join(over, "; ")
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
	RuleBound:         "make it smaller: link less into it, or split what is largest",
}
