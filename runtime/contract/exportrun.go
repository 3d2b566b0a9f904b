package contract

import (
	"github.com/ecmabox/ecmabox/abi"
)

// ExportStats are the counts of one export.
type ExportStats struct {
	// Batches counts the calls that reached the connector, Entries what they
	// held.
	Batches, Entries int64
	// Failed counts results with an error, Actions those that ask to be called
	// again, differently, Anchors those with an anchor.
	Failed, Actions, Anchors int64
}

// ExportRun checks the batches of one export and their results. It is pure: it
// calls nobody. Not safe for concurrent use.
type ExportRun struct {
	agreement *Agreement
	stats     ExportStats
	notes     notes

	attributes map[string]abi.SchemaAttribute
	anchor     abi.SchemaAttribute
	partition  []byte
	// batch holds the place of every entry, by its identifier; answered whether
	// it had a result.
	batch    map[string]int
	answered []bool
	stopped  bool
}

// NewExportRun returns the checks of one export under an agreement.
func NewExportRun(a *Agreement) *ExportRun {
	r := &ExportRun{agreement: a, attributes: make(map[string]abi.SchemaAttribute), batch: make(map[string]int)}
	for _, attribute := range a.ExportSchema.Types[0].Attributes {
		r.attributes[attribute.Name] = attribute
		if attribute.Anchor {
			r.anchor = attribute
		}
	}
	if a.Capabilities.DistinguishedNameStyle == abi.DNLdap && a.Partition != abi.DefaultPartition {
		r.partition, _ = normalizeDN(nil, a.Partition.DN)
	}
	return r
}

// Stats returns the counts so far.
func (r *ExportRun) Stats() ExportStats { return r.stats }

// Findings returns what was set right or worth knowing so far.
func (r *ExportRun) Findings() []Finding { return r.notes.findings() }

// Entries checks a batch of at most limit entries before it is sent. The error
// joins the first ten mistakes and says how many more there are; none of the batch is
// to be sent then.
func (r *ExportRun) Entries(limit int, entries []abi.CSEntryChange) error {
	if len(entries) > limit {
		return violation("PutExportEntries", ruleExportBatch, place{}, "the batch has %d entries; at most %d are allowed", len(entries), limit)
	}
	clear(r.batch)
	r.answered = make([]bool, len(entries))
	var m mistakes
	for i := range entries {
		e := &entries[i]
		m.add(r.identifier(e))
		r.batch[e.Identifier] = i
		r.checkEntry(e, &m)
	}
	return m.err()
}

func (r *ExportRun) identifier(e *abi.CSEntryChange) error {
	if why := badName(e.Identifier); why != "" {
		return r.fail(ruleExportIdentifier, e, "", "its identifier %s", why)
	}
	if _, twice := r.batch[e.Identifier]; twice {
		return r.fail(ruleExportIdentifier, e, "", "another entry of the batch has this identifier")
	}
	return nil
}

// Results checks what a connector answered to the batch that Entries checked
// last. returned says that the call returned normally: then an entry without a
// result succeeded. The results returned are those that name an entry, once; they
// are good also beside an error, which joins the first ten mistakes and says how many
// more there are.
func (r *ExportRun) Results(entries []abi.CSEntryChange, answer abi.PutExportEntriesResults, returned bool) (abi.PutExportEntriesResults, error) {
	r.stats.Batches++
	r.stats.Entries += int64(len(entries))
	var m mistakes
	kept := make([]abi.CSEntryChangeResult, 0, len(answer.Results))
	for i := range answer.Results {
		result := answer.Results[i]
		if err := r.result(entries, &result); err != nil {
			m.add(err)
			continue
		}
		kept = append(kept, result)
	}
	if returned {
		kept = r.untracked(entries, kept)
	}
	for i := range kept {
		r.count(&kept[i])
	}
	return abi.PutExportEntriesResults{Results: kept}, m.err()
}

// result checks one result and sets right what may be.
func (r *ExportRun) result(entries []abi.CSEntryChange, result *abi.CSEntryChangeResult) error {
	fail := func(code, attribute, format string, args ...any) error {
		args = append([]any{quoted(result.Identifier)}, args...)
		return violation("PutExportEntries", code, place{Attribute: attribute}, "result %s: "+format, args...)
	}
	at, known := r.batch[result.Identifier]
	switch {
	case !known:
		return fail(ruleResultUnknown, "", "no entry of the batch has this identifier")
	case r.answered[at]:
		return fail(ruleResultTwice, "", "the entry has a result already")
	case result.Code > abi.ExportErrorCustomContinueRun:
		return fail(ruleResultCode, "", "%s is no code", result.Code)
	}
	if len(result.Anchor) > 0 {
		if why := r.badAnchor(result.Anchor); why != "" {
			return fail(ruleResultAnchor, result.Anchor[0].Name, "%s", why)
		}
		if !mayRekey(&entries[at], result, r.agreement.Capabilities.ObjectRename) {
			return fail(ruleResultRekey, result.Anchor[0].Name, "a new anchor for a %s that is no rename", entries[at].Modification)
		}
	}
	if result.Code == abi.ExportSuccess && (result.Name != "" || result.Detail != "" || result.Retryable || result.RetryAfterMillis != 0) {
		r.notes.add(ruleResultOdd, "a result is a success and has a name, detail or retry all the same")
	}
	r.answered[at] = true
	return nil
}

// mayRekey reports whether a result may carry this anchor: that of an Add, that
// of a declared rename, or the one the entry has.
func mayRekey(e *abi.CSEntryChange, result *abi.CSEntryChangeResult, rename bool) bool {
	if e.Modification == abi.ObjectAdd || rename && e.NewDN != "" {
		return true
	}
	return len(e.Anchor) == 1 && e.Anchor[0].Value.Equal(result.Anchor[0].Value)
}

// badAnchor says what is wrong with the anchor of an entry or result, or nothing.
func (r *ExportRun) badAnchor(anchor []abi.AnchorAttribute) string {
	if len(anchor) != 1 || r.agreement.Anchor == "" || anchor[0].Name != r.agreement.Anchor {
		return "its anchor is another than was promised"
	}
	v := anchor[0].Value
	if v.Type() != r.anchor.Type {
		return "its anchor is no " + r.anchor.Type.String()
	}
	switch n := anchorSize(v); {
	case n == 0:
		return "its anchor is empty"
	case n > abi.MaxAnchorBytes:
		return "its anchor is longer than MaxAnchorBytes"
	}
	return ""
}

// untracked turns the success of an Add whose anchor nobody knows into an error.
func (r *ExportRun) untracked(entries []abi.CSEntryChange, results []abi.CSEntryChangeResult) []abi.CSEntryChangeResult {
	if r.agreement.Anchor == "" {
		return results
	}
	for i := range results {
		at := r.batch[results[i].Identifier]
		if results[i].Code == abi.ExportSuccess && len(results[i].Anchor) == 0 && r.anchorless(&entries[at]) {
			results[i] = r.anchorMissing(results[i].Identifier)
		}
	}
	for i := range entries {
		if !r.answered[i] && r.anchorless(&entries[i]) {
			results = append(results, r.anchorMissing(entries[i].Identifier))
		}
	}
	return results
}

// anchorless reports whether an entry creates an object and does not say what its
// anchor will be.
func (r *ExportRun) anchorless(e *abi.CSEntryChange) bool {
	return e.Modification == abi.ObjectAdd && len(e.Anchor) == 0 && e.Attribute(r.agreement.Anchor) == nil
}

func (r *ExportRun) anchorMissing(identifier string) abi.CSEntryChangeResult {
	r.notes.add(ruleResultAnchorMissing, "the object of entry %s was created, but its anchor is not known", quoted(identifier))
	return abi.CSEntryChangeResult{
		Identifier: identifier, Code: abi.ExportErrorMissingAnchorComponent, Name: ruleResultAnchorMissing,
		Detail: "the object was created, but its anchor is neither in the entry nor in the result",
	}
}

func (r *ExportRun) count(result *abi.CSEntryChangeResult) {
	if len(result.Anchor) > 0 {
		r.stats.Anchors++
	}
	switch result.Code {
	case abi.ExportSuccess:
		return
	case abi.ExportActionConvertUpdateToAdd, abi.ExportActionRetryReferenceAttribute:
		r.stats.Actions++
		return
	case abi.ExportActionProvisioningParent:
		r.notes.add(ruleParents, "entry %s needs a parent that does not exist; create it first", quoted(result.Identifier))
	case abi.ExportErrorCustomStopRun:
		r.stopped = true
		r.notes.add(ruleResultStopRun, "the connector ends the run with entry %s", quoted(result.Identifier))
	}
	r.stats.Failed++
}
