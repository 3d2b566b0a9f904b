package abi

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi/wire"
)

func (s *OpenImportConnectionRunStep) encode(w *wire.Writer) {
	w.Object()
	encodeParameters(w, s.Parameters)
	w.Key("schema")
	s.Schema.encode(w)
	w.Key("import_type")
	w.String(s.ImportType.String())
	optionalInt(w, "page_size", int64(s.PageSize))
	encodePartition(w, "partition", &s.Partition)
	optionalString(w, "custom_data", s.CustomData)
	w.EndObject()
}

func (s *OpenImportConnectionRunStep) decode(d *decoder) {
	kind := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "parameters":
			s.Parameters = d.parameters()
		case "schema":
			s.Schema.decode(d)
		case "import_type":
			kind = true
			s.ImportType = OperationType(d.word(operationTypes))
		case "page_size":
			s.PageSize = d.count()
		case "partition":
			s.Partition = d.partition()
		case "custom_data":
			s.CustomData = d.customData()
		default:
			d.Skip()
		}
	}
	d.need(kind, "import_type")
}

// customData is kept over calls, and so never a part of a page.
func (d *decoder) customData() string { return strings.Clone(d.text("MaxCustomData", MaxCustomData)) }

// CustomDataMessage is the result of OpenImportConnection and of
// CloseImportConnection.
type CustomDataMessage struct {
	CustomData string
}

func (m *CustomDataMessage) encode(w *wire.Writer) {
	w.Object()
	optionalString(w, "custom_data", m.CustomData)
	w.EndObject()
}

func (m *CustomDataMessage) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "custom_data":
			m.CustomData = d.customData()
		default:
			d.Skip()
		}
	}
}

func (s *GetImportEntriesRunStep) encode(w *wire.Writer) {
	w.Object()
	optionalString(w, "custom_data", s.CustomData)
	optionalInt(w, "max_entries", int64(s.MaxEntries))
	optionalInt(w, "max_bytes", int64(s.MaxBytes))
	if len(s.FullObjectEntries) > 0 {
		encodeEntries(w, "full_object_entries", s.FullObjectEntries)
	}
	w.EndObject()
}

func (s *GetImportEntriesRunStep) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "custom_data":
			s.CustomData = d.customData()
		case "max_entries":
			s.MaxEntries = d.count()
		case "max_bytes":
			s.MaxBytes = d.count()
		case "full_object_entries":
			s.FullObjectEntries = d.entries()
		default:
			d.Skip()
		}
	}
}

func (r *GetImportEntriesResults) encode(w *wire.Writer) {
	w.Object()
	encodeEntries(w, "entries", r.Entries)
	optionalString(w, "custom_data", r.CustomData)
	optionalBool(w, "more_to_import", r.MoreToImport)
	w.EndObject()
}

func (r *GetImportEntriesResults) decode(d *decoder) {
	there := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "custom_data":
			r.CustomData = d.customData()
		case "more_to_import":
			r.MoreToImport = d.Bool()
		case "entries":
			there = true
			r.Entries = d.entries()
		default:
			d.Skip()
		}
	}
	d.need(there, "entries")
}

// EntriesMessage is the request of PutExportEntries.
type EntriesMessage struct {
	Entries []CSEntryChange
}

func (m *EntriesMessage) encode(w *wire.Writer) {
	w.Object()
	encodeEntries(w, "entries", m.Entries)
	w.EndObject()
}

func (m *EntriesMessage) decode(d *decoder) {
	there := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "entries":
			there = true
			m.Entries = d.entries()
		default:
			d.Skip()
		}
	}
	d.need(there, "entries")
}

func encodeEntries(w *wire.Writer, key string, entries []CSEntryChange) {
	w.Key(key)
	w.Array()
	for i := range entries {
		entries[i].encode(w)
	}
	w.EndArray()
}

func (d *decoder) entries() []CSEntryChange {
	var all []CSEntryChange
	d.list("MaxPageEntries", MaxPageEntries, func() {
		all = append(all, CSEntryChange{})
		all[len(all)-1].decode(d)
	})
	return all
}

func (s *CloseImportConnectionRunStep) encode(w *wire.Writer) {
	w.Object()
	w.Key("reason")
	w.String(s.Reason.String())
	optionalString(w, "custom_data", s.CustomData)
	w.EndObject()
}

func (s *CloseImportConnectionRunStep) decode(d *decoder) {
	reason := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "reason":
			reason = true
			s.Reason = CloseReason(d.word(closeReasons))
		case "custom_data":
			s.CustomData = d.customData()
		default:
			d.Skip()
		}
	}
	d.need(reason, "reason")
}

func (s *OpenExportConnectionRunStep) encode(w *wire.Writer) {
	w.Object()
	encodeParameters(w, s.Parameters)
	w.Key("schema")
	s.Schema.encode(w)
	optionalInt(w, "batch_size", int64(s.BatchSize))
	encodePartition(w, "partition", &s.Partition)
	w.EndObject()
}

func (s *OpenExportConnectionRunStep) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "parameters":
			s.Parameters = d.parameters()
		case "schema":
			s.Schema.decode(d)
		case "batch_size":
			s.BatchSize = d.count()
		case "partition":
			s.Partition = d.partition()
		default:
			d.Skip()
		}
	}
}

func (r *PutExportEntriesResults) encode(w *wire.Writer) {
	w.Object()
	if len(r.Results) > 0 {
		w.Key("results")
		w.Array()
		for i := range r.Results {
			r.Results[i].encode(w)
		}
		w.EndArray()
	}
	w.EndObject()
}

func (r *PutExportEntriesResults) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "results":
			var all []CSEntryChangeResult
			d.list("MaxPageEntries", MaxPageEntries, func() {
				var one CSEntryChangeResult
				one.decode(d)
				all = append(all, one)
			})
			// Where the reading is stopped in the middle of a result, it looks like success.
			if d.Err() == nil {
				r.Results = all
			}
		default:
			d.Skip()
		}
	}
}

func (s *CloseExportConnectionRunStep) encode(w *wire.Writer) {
	w.Object()
	w.Key("reason")
	w.String(s.Reason.String())
	w.EndObject()
}

func (s *CloseExportConnectionRunStep) decode(d *decoder) {
	reason := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "reason":
			reason = true
			s.Reason = CloseReason(d.word(closeReasons))
		default:
			d.Skip()
		}
	}
	d.need(reason, "reason")
}

func (s *OpenPasswordConnectionRunStep) encode(w *wire.Writer) {
	w.Object()
	encodeParameters(w, s.Parameters)
	w.Key("schema")
	s.Schema.encode(w)
	encodePartition(w, "partition", &s.Partition)
	w.EndObject()
}

func (s *OpenPasswordConnectionRunStep) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "parameters":
			s.Parameters = d.parameters()
		case "schema":
			s.Schema.decode(d)
		case "partition":
			s.Partition = d.partition()
		default:
			d.Skip()
		}
	}
}

func (s *SetPasswordRunStep) encode(w *wire.Writer) {
	w.Object()
	w.Key("entry")
	s.Entry.encode(w)
	w.Key("new_password")
	w.String(s.NewPassword)
	optionalFlags(w, "options", passwordOptions, uint8(s.Options))
	w.EndObject()
}

func (s *SetPasswordRunStep) decode(d *decoder) {
	entry, password := false, false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "entry":
			entry = true
			s.Entry.decode(d)
		case "new_password":
			password = true
			s.NewPassword = d.text("MaxErrorText", MaxErrorText)
		case "options":
			s.Options = PasswordOptions(d.flags(passwordOptions))
		default:
			d.Skip()
		}
	}
	d.need(entry, "entry")
	d.need(password, "new_password")
}

func (s *ChangePasswordRunStep) encode(w *wire.Writer) {
	w.Object()
	w.Key("entry")
	s.Entry.encode(w)
	w.Key("old_password")
	w.String(s.OldPassword)
	w.Key("new_password")
	w.String(s.NewPassword)
	w.EndObject()
}

func (s *ChangePasswordRunStep) decode(d *decoder) {
	members := 0
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "entry":
			members++
			s.Entry.decode(d)
		case "old_password":
			members++
			s.OldPassword = d.text("MaxErrorText", MaxErrorText)
		case "new_password":
			members++
			s.NewPassword = d.text("MaxErrorText", MaxErrorText)
		default:
			d.Skip()
		}
	}
	d.need(members == 3, "entry, old_password or new_password")
}
