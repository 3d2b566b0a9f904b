package abi_test

import (
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// sampleSchema gives the attributes of the sample entries their types.
var sampleSchema = abi.Schema{Types: []abi.SchemaType{
	{Name: "user", Locked: true, PossibleDNComponents: []string{"ou"}, Attributes: []abi.SchemaAttribute{
		{Name: "id", Anchor: true, Operation: abi.ImportOnly},
		{Name: "mail"},
		{Name: "age", Type: abi.Integer},
		{Name: "active", Type: abi.Boolean},
		{Name: "photo", Type: abi.Binary, Hidden: true},
		{Name: "manager", Type: abi.Reference},
		{Name: "tags", MultiValued: true},
		{Name: "pin", Operation: abi.ExportOnly, Sensitive: true},
	}},
	{Name: "group", Attributes: []abi.SchemaAttribute{{Name: "id", Anchor: true, Operation: abi.ImportOnly}}},
}}

var (
	sampleParameters = abi.ConfigParameters{
		{Name: "Server", Value: "hr.example"},
		{Name: "Password", Value: "ecmasealed0123456789abcdef0123456789abcdef", Encrypted: true},
		{Name: "Trace"},
	}
	samplePartition = abi.Partition{Identifier: "8f2c7bb6-7d4e-4f5f-9d0a-0d6a3f6d1c11", DN: "dc=hr,dc=example", Name: "HR", Hidden: true}
	sampleAnchor    = []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("u-17")}}
	sampleEntry     = abi.CSEntryChange{
		Modification: abi.ObjectAdd, ObjectType: "user", DN: "CN=u-17,OBJECT=user", Anchor: sampleAnchor,
		Attributes: []abi.AttributeChange{
			abi.Add("mail", abi.StringValue("zoë \"z\" <z@hr.example>\\\n\t\x01😀")),
			abi.Add("age", abi.IntegerValue(-9223372036854775808)),
			abi.Add("active", abi.BooleanValue(true)),
			abi.Add("photo", abi.BinaryValue([]byte{0, 0xff, 0x10, 0x80})),
			abi.Add("manager", abi.ReferenceValue("CN=u-1,OBJECT=user")),
			abi.AddAll("tags", abi.StringValue("a"), abi.StringValue("")),
		},
	}
	sampleUpdate = abi.CSEntryChange{
		Identifier: "0d4b8d5e-0f3a-4c63-9d3c-5a0a6b1f2e01", Modification: abi.ObjectUpdate, ObjectType: "user",
		DN: "CN=u-17,OBJECT=user", NewDN: "CN=u-18,OBJECT=user", Anchor: sampleAnchor,
		Attributes: []abi.AttributeChange{
			{Name: "mail", Modification: abi.AttributeReplace, Values: []abi.Value{abi.StringValue("new@hr.example")}},
			{Name: "tags", Modification: abi.AttributeUpdate, MultiValued: true,
				Values: []abi.Value{abi.StringValue("b")}, Deletes: []abi.Value{abi.StringValue("a")}},
			{Name: "age", Modification: abi.AttributeDelete},
		},
	}
	sampleReplaceList = abi.CSEntryChange{
		Identifier: "2", Modification: abi.ObjectUpdate, Anchor: sampleAnchor,
		Attributes: []abi.AttributeChange{
			{Name: "tags", Modification: abi.AttributeReplace, MultiValued: true, Values: []abi.Value{abi.StringValue("only")}},
			{Name: "active", Modification: abi.AttributeReplace, Values: []abi.Value{abi.BooleanValue(false)}},
		},
	}
	sampleDelete = abi.CSEntryChange{Identifier: "3", Modification: abi.ObjectDelete, Anchor: sampleAnchor}
	sampleBroken = abi.CSEntryChange{Modification: abi.ObjectAdd, Anchor: []abi.AnchorAttribute{{Name: "id", Value: abi.StringValue("u-18")}},
		Error: &abi.EntryError{Code: abi.ImportErrorCustomContinueRun, Name: "bad-row", Detail: "row 18 has no mail"}}
	sampleCSEntry = abi.CSEntry{ObjectType: "user", DN: "CN=u-17,OBJECT=user", RDN: "CN=u-17", Anchor: sampleAnchor,
		Attributes: []abi.AttributeChange{abi.Add("mail", abi.StringValue("z@hr.example"))}}
	sampleFailure = abi.Error{
		Code: abi.AccessDenied, Name: "no-right", Message: "the account may not list users", Detail: "GET /users answered 403",
		DN: "CN=u-17", ObjectType: "user", Attribute: "mail", Parameter: "User", Retryable: true, RetryAfter: 1500 * time.Millisecond,
	}
	sampleDefinitions = []abi.ConfigParameterDefinition{
		{Name: "Server", Text: "host name", Validation: "^[a-z.]+$", DefaultValue: "hr.example"},
		{Name: "Password", Type: abi.ParameterEncryptedString},
		{Type: abi.ParameterLabel, Text: "Which users"},
		{Name: "Note", Type: abi.ParameterText},
		{Name: "Kind", Type: abi.ParameterDropDown, Choices: []string{"staff", "guests, too"}, Extensible: true},
		{Name: "Trace", Type: abi.ParameterCheckBox, DefaultValue: "1"},
		{Type: abi.ParameterDivider},
		{Name: "Certificate", Type: abi.ParameterFile},
	}
	everyCapability = abi.Capabilities{
		ConcurrentOperation: true, DistinguishedNameStyle: abi.DNLdap, IsDNAsAnchor: true, ObjectRename: true, DeltaImport: true,
		FullExport: true, ExportType: abi.ExportMultivaluedReferenceAttributeUpdate, NoReferenceValuesInFirstExport: true,
		ExportPasswordInFirstPass: true, DeleteAddAsReplace: true, ObjectConfirmation: abi.ConfirmNoAddAndDelete,
		Normalizations: abi.NormalizeUppercase | abi.NormalizeRemoveAccents, SupportImport: true, SupportExport: true,
		SupportPartitions: true, SupportPassword: true, SupportHierarchy: true, SupportFullObject: true,
		ImportDefaultPageSize: 100, ImportMaxPageSize: 10000, ExportDefaultPageSize: 1, ExportMaxPageSize: 9999,
		ConnectionSecurityLevel: abi.Secure,
	}
)

// sample is one message and the name of its vector in testdata/abi.
type sample struct {
	name    string
	message abi.Message
	// fresh returns an empty message of the same kind.
	fresh func() abi.Message
}

func of[T any, P interface {
	*T
	abi.Message
}](name string, message T) sample {
	return sample{name, P(&message), func() abi.Message { return P(new(T)) }}
}

// samples are the vectors: at least one of each message, every member used at
// least once.
func samples() []sample {
	return []sample{
		of("Empty", abi.Empty{}),
		of("Parameters", abi.ParametersMessage{Parameters: sampleParameters}),
		of("Parameters.none", abi.ParametersMessage{}),
		of("GetCapabilities.result", everyCapability),
		of("GetCapabilities.result.readonly", abi.Capabilities{SupportImport: true}),
		of("ConfigParameters.request", abi.ConfigParametersRunStep{Page: abi.PageSchema, PageNumber: 2, Parameters: sampleParameters}),
		of("ConfigParameters.request.partition", abi.ConfigParametersRunStep{Page: abi.PagePartition, PageNumber: 1, Partition: samplePartition}),
		of("GetConfigParameters.result", abi.DefinitionsMessage{Definitions: sampleDefinitions}),
		of("ValidateConfigParameters.result", abi.ParameterValidationResult{Code: abi.ValidationFailure, ErrorMessage: "wrong password", ErrorParameter: "Password"}),
		of("ValidateConfigParameters.result.success", abi.ParameterValidationResult{}),
		of("GetSchema.result", sampleSchema),
		of("GetPartitions.result", abi.PartitionsMessage{Partitions: []abi.Partition{samplePartition, abi.DefaultPartition}}),
		of("OpenImportConnection.request", abi.OpenImportConnectionRunStep{Parameters: sampleParameters, Schema: sampleSchema,
			ImportType: abi.Delta, PageSize: 500, Partition: samplePartition, CustomData: "since=2026-01-01"}),
		of("CustomData", abi.CustomDataMessage{CustomData: "since=2026-01-02"}),
		of("GetImportEntries.request", abi.GetImportEntriesRunStep{CustomData: "since=2026-01-01", MaxEntries: 500, MaxBytes: abi.MaxPageBytes}),
		of("GetImportEntries.request.fullobject", abi.GetImportEntriesRunStep{MaxEntries: 1, MaxBytes: 4096,
			FullObjectEntries: []abi.CSEntryChange{{Modification: abi.ObjectAdd, Anchor: sampleAnchor}}}),
		of("GetImportEntries.result", abi.GetImportEntriesResults{CustomData: "since=2026-01-02", MoreToImport: true,
			Entries: []abi.CSEntryChange{sampleEntry, sampleBroken}}),
		of("GetImportEntries.result.empty", abi.GetImportEntriesResults{}),
		of("CloseImportConnection.request", abi.CloseImportConnectionRunStep{Reason: abi.CloseTerminatedByUser, CustomData: "since=2026-01-02"}),
		of("OpenExportConnection.request", abi.OpenExportConnectionRunStep{Parameters: sampleParameters, Schema: sampleSchema, BatchSize: 100, Partition: samplePartition}),
		of("PutExportEntries.request", abi.EntriesMessage{Entries: []abi.CSEntryChange{sampleUpdate, sampleReplaceList, sampleDelete}}),
		of("PutExportEntries.result", abi.PutExportEntriesResults{Results: []abi.CSEntryChangeResult{
			{Identifier: "2", Anchor: sampleAnchor},
			{Identifier: "3", Code: abi.ExportErrorConnectedDirectoryMissingObject, Name: "gone", Detail: "404", Retryable: true, RetryAfterMillis: 30000},
		}}),
		of("CloseExportConnection.request", abi.CloseExportConnectionRunStep{Reason: abi.CloseNormal}),
		of("OpenPasswordConnection.request", abi.OpenPasswordConnectionRunStep{Parameters: sampleParameters, Schema: sampleSchema, Partition: samplePartition}),
		of("SetPassword.request", abi.SetPasswordRunStep{Entry: sampleCSEntry, NewPassword: "ecmasealedffffffffffffffffffffffffffffffff",
			Options: abi.PasswordForceChangeAtLogOn | abi.PasswordValidate}),
		of("ChangePassword.request", abi.ChangePasswordRunStep{Entry: sampleCSEntry, OldPassword: "ecmasealed0", NewPassword: "ecmasealed1"}),
		of("Error", sampleFailure),
		of("Error.denied", abi.Error{Code: abi.Denied, Rule: "HTTP-PATH", Message: "the grant of target \"hr\" has no path that matches"}),
		of("Error.limit", abi.Error{Code: abi.LimitExceeded, Limit: "MaxResponseBytes", Used: 9000000, Allowed: 8388608}),
		of("http.request", abi.HTTPRequests{Concurrency: 4, MaxBytes: 1 << 20, Requests: []abi.HTTPRequest{
			{Target: "hr", Method: "POST", Path: "/users/z%20z", Query: []abi.Field{{Name: "q", Value: "a b"}, {Name: "q", Value: ""}},
				Headers: []abi.Field{{Name: "Content-Type", Value: "application/json"}}, Body: `{"name":"z"}`,
				Safety: abi.Idempotent, IdempotencyKey: "0d4b8d5e", Timeout: 5 * time.Second},
			{Target: "hr", Method: "PUT", Path: "/photo", Body: "\x00\xff"},
			{Target: "hr", Method: "GET", Path: "/users", Safety: abi.Safe},
		}}),
		of("http.answer", abi.HTTPAnswers{Answers: []abi.HTTPAnswer{
			{Status: 200, Headers: []abi.Field{{Name: "Content-Type", Value: "application/json"}}, Body: "[]", Tries: 1},
			{Status: 200, Body: "\xff\xfe", Tries: 2},
			{Error: &abi.Error{Code: abi.OutcomeUnknown, Message: "the connection broke before the answer"}, Tries: 1},
		}}),
		of("http.request.want", abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "hr", Method: "GET", Path: "/users", Safety: abi.Safe,
			Want: &abi.Want{Rows: []string{"data.users"}, Fields: []string{"id", "name.full", `emails.#(type=="work").value`}, Values: []string{"next"}}}}}),
		of("http.request.want.body", abi.HTTPRequests{Requests: []abi.HTTPRequest{{Target: "hr", Method: "GET", Path: "/users", Safety: abi.Safe,
			Want: &abi.Want{Rows: []string{"users"}, Body: 4096}}}}),
		of("http.request.ahead", abi.HTTPRequests{Ahead: []abi.HTTPRequest{
			{Target: "hr", Method: "GET", Path: "/users", Query: []abi.Field{{Name: "page", Value: "2"}}, Safety: abi.Safe}}}),
		of("http.request.origin", abi.HTTPRequests{Requests: []abi.HTTPRequest{
			{Target: "hr", Method: "GET", Path: "/users", Query: []abi.Field{{Name: "after", Value: "7"}}, Origin: "https://hr.example.com", Safety: abi.Safe}}}),
		of("http.answer.want", abi.HTTPAnswers{Answers: []abi.HTTPAnswer{
			{Status: 200, Wanted: `{"values":["/users?after=7"],"rows":[[7,"Zoë",null]]}`, Tries: 1}}}),
		of("http.answer.want.body", abi.HTTPAnswers{Answers: []abi.HTTPAnswer{
			{Status: 200, Body: `{"error":"busy"}`, Error: &abi.Error{Code: abi.UnexpectedData, Rule: "HTTP-ANSWER-ROWS", Message: "there are no rows"}}}}),
		of("soap.request", abi.SOAPRequest{Target: "hr", Operation: "GetUser", Body: `{"id":1}`, Safety: abi.Safe}),
		of("soap.answer", abi.SOAPAnswer{Body: `{"user":null}`}),
		of("log.request", abi.LogEntry{Level: abi.LogWarn, Message: "slow", Fields: []abi.Field{{Name: "ms", Value: "900"}}}),
		of("clock.answer", abi.ClockAnswer{UnixNanos: 1767225600000000001}),
		of("random.request", abi.RandomRequest{Bytes: 16}),
		of("random.answer", abi.StateMessage{Value: []byte{1, 2, 3}}),
		of("state_put.request", abi.StateMessage{Key: "queue", Value: []byte("[]")}),
		of("state_get.request", abi.StateMessage{Key: "queue"}),
		of("progress.request", abi.Progress{Done: 10, Total: 100, What: "users"}),
		of("export_result.request", abi.CSEntryChangeResult{Identifier: "3", Code: abi.ExportErrorCustomContinueRun, Name: "odd", Detail: "said no"}),
		of("reveal", abi.RevealMessage{Value: "ecmasealed0"}),
		of("manifest", abi.Manifest{Name: "hr", Version: "1.2.0", Description: "Users of the HR system.",
			Roles: []abi.Role{abi.RoleImport, abi.RoleExport}, Parameters: sampleDefinitions[:2],
			Limits:  abi.ManifestLimits{MemoryBytes: 512 << 20, CallTimeout: 2 * time.Minute},
			Targets: []abi.ManifestTarget{{Name: "hr", Methods: []string{"GET", "POST"}, Paths: []string{"/users", "/users/*"}}}}),
	}
}
