package abi

import "github.com/ecmabox/ecmabox/abi/wire"

// ParametersMessage is the request of GetCapabilities, GetSchema and
// GetPartitions.
type ParametersMessage struct {
	Parameters ConfigParameters
}

func (m *ParametersMessage) encode(w *wire.Writer) {
	w.Object()
	encodeParameters(w, m.Parameters)
	w.EndObject()
}

func (m *ParametersMessage) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "parameters":
			m.Parameters = d.parameters()
		default:
			d.Skip()
		}
	}
}

func encodeParameters(w *wire.Writer, parameters ConfigParameters) {
	if len(parameters) == 0 {
		return
	}
	w.Key("parameters")
	w.Array()
	for i := range parameters {
		p := &parameters[i]
		w.Object()
		w.Key("name")
		w.String(p.Name)
		optionalString(w, "value", p.Value)
		optionalBool(w, "encrypted", p.Encrypted)
		w.EndObject()
	}
	w.EndArray()
}

func (d *decoder) parameters() ConfigParameters {
	var all ConfigParameters
	d.list("MaxParameters", MaxParameters, func() {
		var p ConfigParameter
		for d.Object(); d.NextKey(); {
			switch d.Key() {
			case "name":
				p.Name = d.name()
			case "value":
				p.Value = d.text("MaxValueBytes", MaxValueBytes)
			case "encrypted":
				p.Encrypted = d.Bool()
			default:
				d.Skip()
			}
		}
		d.need(p.Name != "", "a parameter's name")
		all = append(all, p)
	})
	return all
}

func (s *ConfigParametersRunStep) encode(w *wire.Writer) {
	w.Object()
	w.Key("page")
	w.String(s.Page.String())
	w.Key("page_number")
	w.Int(int64(max(s.PageNumber, 1)))
	encodePartition(w, "partition", &s.Partition)
	encodeParameters(w, s.Parameters)
	w.EndObject()
}

func (s *ConfigParametersRunStep) decode(d *decoder) {
	page := false
	s.PageNumber = 1
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "page":
			page = true
			s.Page = ConfigParameterPage(d.word(parameterPages))
		case "page_number":
			s.PageNumber = d.count()
		case "partition":
			s.Partition = d.partition()
		case "parameters":
			s.Parameters = d.parameters()
		default:
			d.Skip()
		}
	}
	d.need(page, "page")
}

// DefinitionsMessage is the result of GetConfigParameters.
type DefinitionsMessage struct {
	Definitions []ConfigParameterDefinition
}

func (m *DefinitionsMessage) encode(w *wire.Writer) {
	w.Object()
	encodeDefinitions(w, "definitions", m.Definitions)
	w.EndObject()
}

func (m *DefinitionsMessage) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "definitions":
			m.Definitions = d.definitions()
		default:
			d.Skip()
		}
	}
}

func encodeDefinitions(w *wire.Writer, key string, definitions []ConfigParameterDefinition) {
	if len(definitions) == 0 {
		return
	}
	w.Key(key)
	w.Array()
	for i := range definitions {
		p := &definitions[i]
		w.Object()
		optionalString(w, "name", p.Name)
		w.Key("type")
		w.String(p.Type.String())
		optionalString(w, "text", p.Text)
		optionalString(w, "validation", p.Validation)
		optionalString(w, "default", p.DefaultValue)
		optionalStrings(w, "choices", p.Choices)
		optionalBool(w, "extensible", p.Extensible)
		w.EndObject()
	}
	w.EndArray()
}

func (d *decoder) definitions() []ConfigParameterDefinition {
	var all []ConfigParameterDefinition
	d.list("MaxParameters", MaxParameters, func() { all = append(all, d.definition()) })
	return all
}

func (d *decoder) definition() ConfigParameterDefinition {
	var p ConfigParameterDefinition
	typed := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "name":
			p.Name = d.name()
		case "type":
			typed = true
			p.Type = ConfigParameterType(d.word(parameterTypes))
		case "text":
			p.Text = d.cut()
		case "validation":
			p.Validation = d.text("MaxErrorText", MaxErrorText)
		case "default":
			p.DefaultValue = d.text("MaxValueBytes", MaxValueBytes)
		case "choices":
			d.list("MaxParameters", MaxParameters, func() {
				if d.oneMore("MaxChoices", MaxChoices) {
					p.Choices = append(p.Choices, d.text("MaxErrorText", MaxErrorText))
				}
			})
		case "extensible":
			p.Extensible = d.Bool()
		default:
			d.Skip()
		}
	}
	d.need(typed, "a definition's type")
	return p
}

func (r *ParameterValidationResult) encode(w *wire.Writer) {
	w.Object()
	optionalWord(w, "code", validationCodes, uint8(r.Code))
	optionalString(w, "error_message", cutText(r.ErrorMessage, MaxErrorText))
	optionalString(w, "error_parameter", r.ErrorParameter)
	w.EndObject()
}

func (r *ParameterValidationResult) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "code":
			r.Code = ParameterValidationCode(d.word(validationCodes))
		case "error_message":
			r.ErrorMessage = d.cut()
		case "error_parameter":
			r.ErrorParameter = d.text("MaxNameBytes", MaxNameBytes)
		default:
			d.Skip()
		}
	}
}

func (c *Capabilities) encode(w *wire.Writer) {
	w.Object()
	optionalBool(w, "concurrent_operation", c.ConcurrentOperation)
	optionalWord(w, "distinguished_name_style", dnStyles, uint8(c.DistinguishedNameStyle))
	optionalBool(w, "is_dn_as_anchor", c.IsDNAsAnchor)
	optionalBool(w, "object_rename", c.ObjectRename)
	optionalBool(w, "delta_import", c.DeltaImport)
	optionalBool(w, "full_export", c.FullExport)
	optionalWord(w, "export_type", exportTypes, uint8(c.ExportType))
	optionalBool(w, "no_reference_values_in_first_export", c.NoReferenceValuesInFirstExport)
	optionalBool(w, "export_password_in_first_pass", c.ExportPasswordInFirstPass)
	optionalBool(w, "delete_add_as_replace", c.DeleteAddAsReplace)
	optionalWord(w, "object_confirmation", objectConfirmations, uint8(c.ObjectConfirmation))
	optionalFlags(w, "normalizations", normalizations, uint8(c.Normalizations))
	optionalBool(w, "support_import", c.SupportImport)
	optionalBool(w, "support_export", c.SupportExport)
	optionalBool(w, "support_partitions", c.SupportPartitions)
	optionalBool(w, "support_password", c.SupportPassword)
	optionalBool(w, "support_hierarchy", c.SupportHierarchy)
	optionalBool(w, "support_full_object", c.SupportFullObject)
	optionalInt(w, "import_default_page_size", int64(c.ImportDefaultPageSize))
	optionalInt(w, "import_max_page_size", int64(c.ImportMaxPageSize))
	optionalInt(w, "export_default_page_size", int64(c.ExportDefaultPageSize))
	optionalInt(w, "export_max_page_size", int64(c.ExportMaxPageSize))
	optionalWord(w, "connection_security_level", securityLevels, uint8(c.ConnectionSecurityLevel))
	w.EndObject()
}

func (c *Capabilities) decode(d *decoder) {
	truths := map[string]*bool{
		"concurrent_operation": &c.ConcurrentOperation, "is_dn_as_anchor": &c.IsDNAsAnchor,
		"object_rename": &c.ObjectRename, "delta_import": &c.DeltaImport, "full_export": &c.FullExport,
		"no_reference_values_in_first_export": &c.NoReferenceValuesInFirstExport,
		"export_password_in_first_pass":       &c.ExportPasswordInFirstPass,
		"delete_add_as_replace":               &c.DeleteAddAsReplace, "support_import": &c.SupportImport,
		"support_export": &c.SupportExport, "support_partitions": &c.SupportPartitions,
		"support_password": &c.SupportPassword, "support_hierarchy": &c.SupportHierarchy,
		"support_full_object": &c.SupportFullObject,
	}
	sizes := map[string]*int{
		"import_default_page_size": &c.ImportDefaultPageSize, "import_max_page_size": &c.ImportMaxPageSize,
		"export_default_page_size": &c.ExportDefaultPageSize, "export_max_page_size": &c.ExportMaxPageSize,
	}
	for d.Object(); d.NextKey(); {
		key := d.Key()
		switch {
		case truths[key] != nil:
			*truths[key] = d.Bool()
		case sizes[key] != nil:
			*sizes[key] = d.count()
		case key == "distinguished_name_style":
			c.DistinguishedNameStyle = DistinguishedNameStyle(d.word(dnStyles))
		case key == "export_type":
			c.ExportType = ExportType(d.word(exportTypes))
		case key == "object_confirmation":
			c.ObjectConfirmation = ObjectConfirmation(d.word(objectConfirmations))
		case key == "normalizations":
			c.Normalizations = Normalizations(d.flags(normalizations))
		case key == "connection_security_level":
			c.ConnectionSecurityLevel = ConnectionSecurityLevel(d.word(securityLevels))
		default:
			d.Skip()
		}
	}
}

func (s *Schema) encode(w *wire.Writer) {
	w.Object()
	w.Key("types")
	w.Array()
	for i := range s.Types {
		s.Types[i].encode(w)
	}
	w.EndArray()
	w.EndObject()
}

func (s *Schema) decode(d *decoder) {
	there := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "types":
			there = true
			d.list("MaxObjectTypes", MaxObjectTypes, func() {
				var t SchemaType
				t.decode(d)
				s.Types = append(s.Types, t)
			})
		default:
			d.Skip()
		}
	}
	d.need(there, "types")
}

func (t *SchemaType) encode(w *wire.Writer) {
	w.Object()
	w.Key("name")
	w.String(t.Name)
	optionalBool(w, "locked", t.Locked)
	w.Key("attributes")
	w.Array()
	for i := range t.Attributes {
		a := &t.Attributes[i]
		w.Object()
		w.Key("name")
		w.String(a.Name)
		w.Key("type")
		w.String(a.Type.String())
		optionalBool(w, "multi_valued", a.MultiValued)
		optionalBool(w, "anchor", a.Anchor)
		optionalWord(w, "operation", attributeOperations, uint8(a.Operation))
		optionalBool(w, "hidden", a.Hidden)
		optionalBool(w, "sensitive", a.Sensitive)
		w.EndObject()
	}
	w.EndArray()
	optionalStrings(w, "possible_dn_components", t.PossibleDNComponents)
	w.EndObject()
}

func (t *SchemaType) decode(d *decoder) {
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "name":
			t.Name = d.name()
		case "locked":
			t.Locked = d.Bool()
		case "attributes":
			d.list("MaxSchemaAttributes", MaxSchemaAttributes, func() {
				if d.oneMore("MaxSchemaNames", MaxSchemaNames) {
					a := d.schemaAttribute()
					d.moreBytes("MaxSchemaNameBytes", a.Name, MaxSchemaNameBytes)
					t.Attributes = append(t.Attributes, a)
				}
			})
		case "possible_dn_components":
			d.list("MaxParameters", MaxParameters, func() {
				if d.oneMore("MaxSchemaNames", MaxSchemaNames) {
					name := d.name()
					d.moreBytes("MaxSchemaNameBytes", name, MaxSchemaNameBytes)
					t.PossibleDNComponents = append(t.PossibleDNComponents, name)
				}
			})
		default:
			d.Skip()
		}
	}
	d.need(t.Name != "", "an object type's name")
}

func (d *decoder) schemaAttribute() SchemaAttribute {
	var a SchemaAttribute
	typed := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "name":
			a.Name = d.name()
		case "type":
			typed = true
			if a.Type = AttributeType(d.word(attributeTypes)); a.Type == Undefined {
				d.Fail("an attribute needs a type other than Undefined")
			}
		case "multi_valued":
			a.MultiValued = d.Bool()
		case "anchor":
			a.Anchor = d.Bool()
		case "operation":
			a.Operation = AttributeOperation(d.word(attributeOperations))
		case "hidden":
			a.Hidden = d.Bool()
		case "sensitive":
			a.Sensitive = d.Bool()
		default:
			d.Skip()
		}
	}
	d.need(a.Name != "", "an attribute's name")
	d.need(typed, "an attribute's type")
	return a
}

// PartitionsMessage is the result of GetPartitions.
type PartitionsMessage struct {
	Partitions []Partition
}

func (m *PartitionsMessage) encode(w *wire.Writer) {
	w.Object()
	w.Key("partitions")
	w.Array()
	for i := range m.Partitions {
		m.Partitions[i].encode(w)
	}
	w.EndArray()
	w.EndObject()
}

func (m *PartitionsMessage) decode(d *decoder) {
	there := false
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "partitions":
			there = true
			d.list("MaxPartitions", MaxPartitions, func() { m.Partitions = append(m.Partitions, d.partition()) })
		default:
			d.Skip()
		}
	}
	d.need(there, "partitions")
}

func encodePartition(w *wire.Writer, key string, p *Partition) {
	if *p != (Partition{}) {
		w.Key(key)
		p.encode(w)
	}
}

func (p *Partition) encode(w *wire.Writer) {
	w.Object()
	w.Key("id")
	w.String(p.Identifier)
	w.Key("dn")
	w.String(p.DN)
	optionalString(w, "name", p.Name)
	optionalBool(w, "hidden", p.Hidden)
	w.EndObject()
}

func (d *decoder) partition() Partition {
	var p Partition
	for d.Object(); d.NextKey(); {
		switch d.Key() {
		case "id":
			p.Identifier = d.name()
		case "dn":
			p.DN = d.text("MaxAnchorBytes", MaxAnchorBytes)
		case "name":
			p.Name = d.text("MaxNameBytes", MaxNameBytes)
		case "hidden":
			p.Hidden = d.Bool()
		default:
			d.Skip()
		}
	}
	d.need(p.Identifier != "", "a partition's id")
	for _, text := range []string{p.Identifier, p.DN, p.Name} {
		d.moreBytes("MaxPartitionBytes", text, MaxPartitionBytes)
	}
	return p
}
