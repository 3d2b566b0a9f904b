package runtime_test

import (
	"fmt"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// contractBreaches are guests that break the contract, a guest and more for each rule that
// a connector can break, and for those of a caller's that hang on a reply.
func contractBreaches() []breach {
	var all []breach
	for _, some := range [][]breach{promiseBreaches(), capabilityBreaches(), schemaBreaches(), partitionBreaches(), parameterBreaches(),
		runBreaches(), entryBreaches(), deltaBreaches(), nameBreaches(), errorBreaches(), resultBreaches()} {
		all = append(all, some...)
	}
	return all
}

// beyondGuests are the rules that no reply breaks, and why.
var beyondGuests = map[string]string{
	"ECMA-FULL-OBJECT-NEEDS-IMPORT": "the runtime takes SupportFullObject off with SupportImport, before the contract sees either",
}

// fullOf breaks a rule with the one page of a full import.
func fullOf(rule, entries string) breach {
	return breach{rule: rule, play: imports(abi.Full), replies: replies{"GetImportEntries": pageWith(entries)}}
}

// namedOf does so with other capabilities, deltaOf in a delta import.
func namedOf(rule, capabilities, entries string) breach {
	return breach{rule: rule, play: imports(abi.Full), replies: replies{"GetCapabilities": capabilities, "GetImportEntries": pageWith(entries)}}
}

func deltaOf(rule, capabilities, entries string) breach {
	return breach{rule: rule, play: imports(abi.Delta), replies: replies{"GetCapabilities": capabilities, "GetImportEntries": pageWith(entries)}}
}

// offers breaks a rule with its capabilities, has with its schema, lies with its partitions.
func offers(rule, capabilities string) breach {
	return breach{rule: rule, play: agrees, replies: replies{"GetCapabilities": capabilities}}
}

func has(rule, schema string) breach {
	return breach{rule: rule, play: agrees, replies: replies{"GetSchema": schema}}
}

func lies(rule, partitions string) breach {
	return breach{rule: rule, play: listsPartitions, replies: replies{"GetCapabilities": ldap(), "GetPartitions": partitionsOf(partitions)}}
}

// unread is a breach that the decoder refuses.
func unread(b breach, instead abi.Code) breach {
	b.instead = instead
	return b
}

// promised is a breach of what was promised.
func promised(p contract.Promise, b breach) breach {
	b.promise = p
	return b
}

func promiseBreaches() []breach {
	return []breach{
		has("ECMA-ONE-OBJECT-TYPE", typesOf(`{"name":"a","attributes":[]},{"name":"b","attributes":[]}`)),
		{rule: "ECMA-ONE-PARTITION", play: agrees, replies: replies{"GetCapabilities": ldap(), "GetPartitions": partitionsOf(eastPartition + "," + westPartition)}},
		promised(contract.Promise{Attributes: []string{"mail"}}, has("ECMA-ATTRIBUTE-NOT-IN-TYPE", schemaOf(""))),
		promised(contract.Promise{Anchor: "name"}, has("ECMA-ANCHOR-LOCKED", strings.Replace(schemaOf(""), `"attributes"`, `"locked":true,"attributes"`, 1))),
		promised(contract.Promise{PasswordMapped: true}, offers("ECMA-PASSWORD-NO-WAY", capabilities("support_password", "", "support_export", "", "export_type", ""))),
		{rule: "ECMA-ROLE-NOT-OFFERED", play: updatesOne, replies: replies{"GetCapabilities": capabilities("support_export", "")}},
		{rule: "ECMA-ROLE-NOT-OFFERED", play: imports(abi.Delta), replies: replies{"GetCapabilities": capabilities("delta_import", "")}},
		{rule: "ECMA-ROLE-NOT-OFFERED", play: setsPassword, replies: replies{"GetCapabilities": capabilities("support_password", "")}},
	}
}

func capabilityBreaches() []breach {
	return []breach{
		unread(offers("ECMA-CAPABILITY-VALUE", capabilities("export_type", `"Everything"`)), abi.InvalidMessage),
		offers("ECMA-DN-AS-ANCHOR-NEEDS-LDAP", generic("is_dn_as_anchor", "true")),
		offers("ECMA-RENAME-NEEDS-DN", capabilities("object_rename", "true")),
		offers("ECMA-DELTA-NEEDS-IMPORT", capabilities("support_import", "", "support_full_object", "")),
		offers("ECMA-EXPORT-TYPE-MISSING", capabilities("export_type", "")),
		offers("ECMA-PAGE-SIZE", capabilities("import_default_page_size", "11", "import_max_page_size", "10")),
		unread(offers("ECMA-PAGE-SIZE", capabilities("export_max_page_size", "-1")), abi.InvalidMessage),
		offers("ECMA-PARTITIONS-NEED-LDAP", capabilities("support_partitions", "true")),
		offers("ECMA-HIERARCHY-NOT-USED", capabilities("support_hierarchy", "true")),
		offers("ECMA-FULL-EXPORT-NOT-USED", capabilities("full_export", "true")),
		offers("ECMA-PASSWORD-FIRST-PASS-NOT-USED", capabilities("export_password_in_first_pass", "true")),
		offers("ECMA-NORMALIZATIONS-NOT-USED", capabilities("normalizations", `["Uppercase"]`)),
		offers("ECMA-CONCURRENT-OPERATION-NOT-USED", capabilities("concurrent_operation", "")),
		offers("ECMA-DELETE-ADD-AS-REPLACE-NOT-USED", capabilities("delete_add_as_replace", "true")),
		offers("ECMA-NO-REFERENCES-FIRST-NOT-USED", capabilities("no_reference_values_in_first_export", "true")),
		offers("ECMA-OBJECT-CONFIRMATION-NOT-USED", capabilities("object_confirmation", `"NoDeleteConfirmation"`)),
		offers("ECMA-NO-IMPORT", capabilities("support_import", "", "delta_import", "", "support_full_object", "")),
		promised(contract.Promise{PasswordMapped: true}, offers("ECMA-PASSWORD-NOT-SECURE", capabilities("connection_security_level", ""))),
		{rule: "ECMA-DN-IS-ANCHOR", play: agrees, replies: replies{"GetCapabilities": ldap("is_dn_as_anchor", "true")}},
	}
}

func schemaBreaches() []breach {
	many := strings.TrimSuffix(strings.Repeat(`{"name":"t","attributes":[]},`, abi.MaxObjectTypes+1), ",")
	return []breach{
		has("ECMA-SCHEMA-EMPTY", typesOf("")),
		unread(has("ECMA-SCHEMA-LIMIT", typesOf(many)), abi.LimitExceeded),
		has("ECMA-NAME-INVALID", schemaOf(`,{"name":"a\nb","type":"String"}`)),
		unread(has("ECMA-NAME-INVALID", schemaOf(`,{"name":"","type":"String"}`)), abi.InvalidMessage),
		has("ECMA-NAME-DUPLICATE", schemaOf(`,{"name":"name","type":"String"}`)),
		has("ECMA-NAME-CASE", schemaOf(`,{"name":"Name","type":"String"}`)),
		has("ECMA-NAME-SPECIAL", schemaOf(`,{"name":"a.b","type":"String"}`)),
		unread(has("ECMA-ATTRIBUTE-KIND", schemaOf(`,{"name":"x","type":"Undefined"}`)), abi.InvalidMessage),
		has("ECMA-ATTRIBUTE-DIFFERS", typesOf(`{"name":"a","attributes":[{"name":"id","type":"String","anchor":true}]},{"name":"b","attributes":[{"name":"id","type":"Integer"}]}`)),
		has("ECMA-EXPORT-PASSWORD-DECLARED", schemaOf(`,{"name":"export_password","type":"String"}`)),
		has("ECMA-SENSITIVE-IMPORTED", schemaOf(`,{"name":"pin","type":"String","sensitive":true}`)),
		has("ECMA-ANCHOR-MISSING", typesOf(`{"name":"user","attributes":[{"name":"id","type":"String"}]}`)),
		has("ECMA-ANCHOR-COMPOSITE", schemaOf(`,{"name":"x","type":"String","anchor":true}`)),
		has("ECMA-ANCHOR-KIND", typesOf(`{"name":"user","attributes":[{"name":"id","type":"Boolean","anchor":true}]}`)),
		has("ECMA-PARENTS-NOT-MADE", strings.Replace(schemaOf(""), `]}]}`, `],"possible_dn_components":["ou"]}]}`, 1)),
	}
}

func partitionBreaches() []breach {
	return []breach{
		lies("ECMA-PARTITION-NONE", ""),
		lies("ECMA-PARTITION-INVALID", strings.Replace(eastPartition, "DC=east", "east", 1)),
		lies("ECMA-PARTITION-INVALID", strings.Replace(eastPartition, "1111", "", 1)),
		lies("ECMA-PARTITION-DUPLICATE", eastPartition+","+strings.Replace(westPartition, "502", "501", 1)),
	}
}

func parameterBreaches() []breach {
	defined := func(rule, definitions string) breach {
		return breach{rule: rule, play: defines(abi.PageGlobal, 1), replies: replies{"GetConfigParameters": `{"definitions":[` + definitions + `]}`}}
	}
	validated := func(rule, result string) breach {
		return breach{rule: rule, play: validates, replies: replies{"ValidateConfigParameters": result}}
	}
	return []breach{
		defined("ECMA-DEFINITION-NAME", `{"name":"a","type":"String"},{"name":"a","type":"String"}`),
		defined("ECMA-DEFINITION-DEFAULT", `{"name":"a","type":"CheckBox","default":"yes"}`),
		defined("ECMA-DEFINITION-DEFAULT", `{"name":"a","type":"DropDown","choices":["b"],"default":"c"}`),
		unread(defined("ECMA-DEFINITION-TYPE", `{"name":"a","type":"Slider"}`), abi.InvalidMessage),
		{rule: "ECMA-SCHEMA-PAGES-ENDLESS", play: defines(abi.PageSchema, abi.MaxSchemaPages+1)},
		unread(validated("ECMA-VALIDATION-RESULT", `{"code":"Perhaps"}`), abi.InvalidMessage),
		validated("ECMA-VALIDATION-SILENT", `{"code":"Failure"}`),
	}
}

// runBreaches are about the run of an import, not about its entries.
func runBreaches() []breach {
	long := `{"custom_data":"` + strings.Repeat("w", abi.MaxCustomData+1) + `"}`
	return []breach{
		{rule: "ECMA-ERROR-UNTYPED", play: imports(abi.Full), replies: replies{"GetImportEntries": `{"error":{"message":"no"}}`}, instead: abi.InvalidMessage},
		{rule: "ECMA-WATERMARK-TOO-LONG", play: imports(abi.Full), replies: replies{"OpenImportConnection": long}, instead: abi.LimitExceeded},
		fullOf("ECMA-WATERMARK-NOT-KEPT", `{"anchor":{"id":"a"},"error":{"code":"ImportErrorReadError"}}`),
		promised(contract.Promise{ImportPageSize: 1}, fullOf("ECMA-PAGE-TOO-LARGE", `{"anchor":{"id":"a"}},{"anchor":{"id":"b"}}`)),
		{rule: "ECMA-IMPORT-NO-PROGRESS", play: imports(abi.Full), replies: replies{"GetImportEntries": `{"entries":[],"more_to_import":true}`}, patient: true},
	}
}

// entryBreaches are entries of full imports without distinguished names.
func entryBreaches() []breach {
	return []breach{
		fullOf("ECMA-OBJECT-TYPE-FOREIGN", `{"object_type":"group","anchor":{"id":"a"}}`),
		fullOf("ECMA-ATTRIBUTE-UNSELECTED", `{"anchor":{"id":"a"},"attributes":{"mail":"x"}}`),
		fullOf("ECMA-DUPLICATE-IDENTICAL", `{"anchor":{"id":"a"}},{"anchor":{"id":"a"}}`),
		fullOf("ECMA-DUPLICATE-DIFFERS", `{"anchor":{"id":"a"}},{"anchor":{"id":"a"},"attributes":{"name":"x"}}`),
		fullOf("ECMA-ENTRY-MODIFICATION", `{"change":"Delete","anchor":{"id":"a"}}`),
		fullOf("ECMA-ENTRY-ATTRIBUTE-FORM", `{"anchor":{"id":"a"},"attributes":{"name":{"replace":"x"}}}`),
		fullOf("ECMA-ENTRY-ATTRIBUTE-FORM", `{"anchor":{"id":"a"},"attributes":{"name":null}}`),
		unread(fullOf("ECMA-ENTRY-ATTRIBUTE-TWICE", `{"anchor":{"id":"a"},"attributes":{"name":"x","name":"x"}}`), abi.InvalidMessage),
		fullOf("ECMA-VALUE-TYPE", `{"anchor":{"id":"a"},"attributes":{"age":"old"}}`),
		fullOf("ECMA-VALUE-COUNT", `{"anchor":{"id":"a"},"attributes":{"name":["x","y"]}}`),
		fullOf("ECMA-VALUE-COUNT", `{"anchor":{"id":"a"},"attributes":{"groups":"x"}}`),
		fullOf("ECMA-ENTRY-ANCHOR", `{"attributes":{"name":"x"}}`),
		fullOf("ECMA-ENTRY-ANCHOR", `{"anchor":{"id":""}}`),
		fullOf("ECMA-ENTRY-ANCHOR-FOREIGN", `{"anchor":{"name":"a"}}`),
		fullOf("ECMA-ENTRY-ANCHOR-DIFFERS", `{"anchor":{"id":"a"},"attributes":{"id":"b"}}`),
		unread(fullOf("ECMA-ANCHOR-TOO-LONG", `{"anchor":{"id":"`+strings.Repeat("a", abi.MaxAnchorBytes+1)+`"}}`), abi.LimitExceeded),
		fullOf("ECMA-DN-NOT-USED", `{"dn":"a","anchor":{"id":"a"}}`),
	}
}

// deltaBreaches are entries of delta imports.
func deltaBreaches() []breach {
	return []breach{
		deltaOf("ECMA-ENTRY-ATTRIBUTE-FORM", capabilities(), `{"change":"Delete","anchor":{"id":"a"},"attributes":{"name":"x"}}`),
		deltaOf("ECMA-ENTRY-RENAME", generic("object_rename", ""), `{"change":"Update","dn":"a","new_dn":"b","anchor":{"id":"a"}}`),
		deltaOf("ECMA-DN-SYNTAX", ldap(), `{"change":"Update","dn":"uid=a,DC=east","new_dn":"b","anchor":{"id":"a"}}`),
		deltaOf("ECMA-ENTRY-ANCHOR", generic(), `{"dn":"a"}`),
	}
}

// nameBreaches are entries with distinguished names.
func nameBreaches() []breach {
	return []breach{
		namedOf("ECMA-PARTITION-FOREIGN", ldap(), `{"dn":"uid=a,DC=west","anchor":{"id":"a"}}`),
		namedOf("ECMA-DN-DUPLICATE", generic(), `{"dn":"x","anchor":{"id":"a"}},{"dn":"x","anchor":{"id":"b"}}`),
		namedOf("ECMA-DN-DUPLICATE", ldap(), `{"dn":"uid=a,DC=east","anchor":{"id":"a"}},{"dn":"UID=A, dc=EAST","anchor":{"id":"b"}}`),
		namedOf("ECMA-DN-MISSING", generic(), `{"anchor":{"id":"a"}}`),
		namedOf("ECMA-DN-SYNTAX", ldap(), `{"dn":"a@example","anchor":{"id":"a"}}`),
		namedOf("ECMA-ENTRY-ANCHOR-FOREIGN", ldap("is_dn_as_anchor", "true"), `{"dn":"uid=a,DC=east","anchor":{"id":"a"}}`),
		namedOf("ECMA-ENTRY-RENAME", generic(), `{"dn":"a","new_dn":"b","anchor":{"id":"a"}}`),
		unread(namedOf("ECMA-ANCHOR-TOO-LONG", generic(), `{"dn":"`+strings.Repeat("a", abi.MaxAnchorBytes+1)+`","anchor":{"id":"a"}}`), abi.LimitExceeded),
	}
}

// errorBreaches are objects that could not be read.
func errorBreaches() []breach {
	var many strings.Builder
	for i := range contract.MaxEntryErrors + 1 {
		fmt.Fprintf(&many, `,{"anchor":{"id":"%d"},"error":{"code":"ImportErrorReadError"}}`, i)
	}
	return []breach{
		unread(fullOf("ECMA-ENTRY-ERROR-CODE", `{"anchor":{"id":"a"},"error":{"code":"Success"}}`), abi.InvalidMessage),
		fullOf("ECMA-ENTRY-ERROR", `{"anchor":{"id":"a"},"error":{"code":"ImportErrorReadError"}}`),
		fullOf("ECMA-ENTRY-UNIDENTIFIED", `{"error":{"code":"ImportErrorReadError"}}`),
		promised(contract.Promise{ImportPageSize: contract.MaxEntryErrors + 1}, fullOf("ECMA-ENTRY-ERRORS-TOO-MANY", many.String()[1:])),
		fullOf("ECMA-STOP-RUN", `{"anchor":{"id":"a"},"error":{"code":"ImportErrorCustomStopRun"}}`),
	}
}

// resultBreaches are results of exports.
func resultBreaches() []breach {
	result := func(rule string, play contractPlay, results string) breach {
		return breach{rule: rule, play: play, replies: replies{"PutExportEntries": resultsWith(results)}}
	}
	return []breach{
		result("ECMA-RESULT-UNKNOWN", updatesOne, `{"id":"2"}`),
		result("ECMA-RESULT-TWICE", updatesOne, `{"id":"1"},{"id":"1"}`),
		unread(result("ECMA-RESULT-CODE", updatesOne, `{"id":"1","code":"Nothing"}`), abi.InvalidMessage),
		result("ECMA-RESULT-ANCHOR", addsOne, `{"id":"1","anchor":{"name":"a"}}`),
		result("ECMA-RESULT-ANCHOR", addsOne, `{"id":"1","anchor":{"id":""}}`),
		result("ECMA-RESULT-REKEY", updatesOne, `{"id":"1","anchor":{"id":"b"}}`),
		result("ECMA-RESULT-ANCHOR-MISSING", addsOne, `{"id":"1"}`),
		result("ECMA-RESULT-ODD", updatesOne, `{"id":"1","detail":"done"}`),
		result("ECMA-RESULT-STOP-RUN", updatesOne, `{"id":"1","code":"ExportErrorCustomStopRun"}`),
		result("ECMA-PARENTS-NOT-MADE", updatesOne, `{"id":"1","code":"ExportActionProvisioningParent"}`),
	}
}
