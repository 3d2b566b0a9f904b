package contract_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// benchPages are full pages of people with ten attributes, decoded from the wire
// as they are in a run.
func benchPages(b *testing.B, pages, entries int, names bool) []abi.GetImportEntriesResults {
	b.Helper()
	all := make([]abi.GetImportEntriesResults, pages)
	for p := range all {
		for i := range entries {
			id := fmt.Sprintf("user-%d-%d", p, i)
			e := person(id,
				text("id", id), text("name", "Ann "+id), abi.Add("age", abi.IntegerValue(int64(i))), abi.Add("active", abi.BooleanValue(true)),
				abi.AddAll("groups", abi.StringValue("staff"), abi.StringValue("sales")), abi.Add("manager", abi.ReferenceValue("user-0")),
				text("made", "2026-01-01T00:00:00Z"), text("mail", id+"@example.com"), text("phone", "+43 1 000"), text("title", "Clerk"))
			if names {
				e.DN = "uid=" + id + ",ou=people," + east.DN
			}
			all[p].Entries = append(all[p].Entries, e)
		}
	}
	return all
}

func benchAgreement(b *testing.B, c abi.Capabilities) *contract.Agreement {
	b.Helper()
	s := people()
	for _, name := range []string{"mail", "phone", "title"} {
		s.Types[0].Attributes = append(s.Types[0].Attributes, abi.SchemaAttribute{Name: name})
	}
	a, err := contract.Agree(contract.Promise{}, c, s, partitionsOf(c))
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// BenchmarkImportPage checks a page of 1,000 entries with ten attributes.
func BenchmarkImportPage(b *testing.B) {
	for _, c := range []struct {
		name         string
		capabilities abi.Capabilities
		importType   abi.OperationType
	}{
		{"1000x10/full", quiet(), abi.Full}, {"1000x10/delta", quiet(), abi.Delta}, {"1000x10/full-ldap", ldap(), abi.Full},
	} {
		b.Run(c.name, func(b *testing.B) {
			pages := benchPages(b, 64, 1000, c.capabilities.DistinguishedNameStyle != abi.DNNone)
			a := benchAgreement(b, c.capabilities)
			b.ReportAllocs()
			b.ResetTimer()
			var run *contract.ImportRun
			for i := range b.N {
				if i%len(pages) == 0 {
					run = contract.NewImportRun(a, c.importType)
				}
				if _, err := run.Page(1000, pages[i%len(pages)]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/entry")
		})
	}
}

// BenchmarkSeenMemory tells what remembering a million objects takes.
func BenchmarkSeenMemory(b *testing.B) {
	for _, c := range []struct {
		name         string
		capabilities abi.Capabilities
	}{{"1e6", quiet()}, {"1e6-with-DN", generic()}} {
		b.Run(c.name, func(b *testing.B) {
			a := benchAgreement(b, c.capabilities)
			for range b.N {
				run := contract.NewImportRun(a, abi.Full)
				before := heap()
				for p := range 1000 {
					page := abi.GetImportEntriesResults{Entries: make([]abi.CSEntryChange, 1000)}
					for i := range page.Entries {
						id := fmt.Sprint(p, "-", i)
						page.Entries[i] = person(id)
						page.Entries[i].DN = id
					}
					if _, err := run.Page(1000, page); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(heap()-before)/1e6, "B/object")
				runtime.KeepAlive(run)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkLargest holds to the contract what takes longest: the most values and the
// longest DNs that a page may have, the largest schemas, by number and by bytes, and the
// longest list of partitions. But for pages it counts for no deadline, so it must be quick.
func BenchmarkLargest(b *testing.B) {
	page := abi.CSEntryChange{Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("1")}}}
	schema := manyAttributes(1)
	t := &schema.Types[0]
	t.Attributes[0].Name = "id"
	for values := abi.MaxValues; values > 0; values -= abi.MaxListValues {
		name := fmt.Sprint("list", values)
		t.Attributes = append(t.Attributes, abi.SchemaAttribute{Name: name, MultiValued: true})
		page.Attributes = append(page.Attributes, abi.AttributeChange{Name: name, MultiValued: true, Modification: abi.AttributeAdd,
			Values: slices.Repeat([]abi.Value{abi.StringValue("value")}, min(values, abi.MaxListValues))})
	}
	agreement, err := contract.Agree(contract.Promise{}, quiet(), schema, nil)
	if err != nil {
		b.Fatal(err)
	}
	var partitions []abi.Partition
	for i := range abi.MaxPartitionBytes / 2048 {
		partitions = append(partitions, abi.Partition{Identifier: fmt.Sprintf("%08x-0000-0000-0000-000000000000", i), DN: fmt.Sprintf("cn=%d", i) + strings.Repeat(`,ou=\41A`, 250)})
	}
	var named []abi.CSEntryChange
	for i := range abi.MaxPageBytes / (abi.MaxAnchorBytes + 32) {
		dn := fmt.Sprintf("CN=%d,", i)
		dn += strings.Repeat(`C=\C3\89`+strings.Repeat(`+C=\C3\89`, 15)+",", (abi.MaxAnchorBytes-len(dn))/144-1) + "C=x"
		named = append(named, abi.CSEntryChange{DN: dn})
	}
	byName, err := contract.Agree(contract.Promise{}, dnAsAnchor(), abi.Schema{Types: []abi.SchemaType{{Name: "user"}}}, []abi.Partition{east})
	if err != nil {
		b.Fatal(err)
	}
	for name, check := range map[string]func() error{
		"DNs": func() error {
			_, err := contract.NewImportRun(byName, abi.Full).Page(len(named), abi.GetImportEntriesResults{Entries: named})
			return err
		},
		"page": func() error {
			_, err := contract.NewImportRun(agreement, abi.Full).Page(1, abi.GetImportEntriesResults{Entries: []abi.CSEntryChange{page}})
			return err
		},
		"names":      func() error { _, err := contract.CheckSchema(fullSchema(0)); return err },
		"long names": func() error { _, err := contract.CheckSchema(longNames(abi.MaxSchemaNameBytes)); return err },
		"partitions": func() error { return contract.CheckPartitions(partitions) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := check(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
