// Package connector is a connector that uses every call, every member and every
// host function of the ABI, so that a recorded conversation with it holds a
// binding to all of them. What it says depends on the requests and on the host's
// answers alone.
package connector

import (
	"context"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
)

// Connector has every role. It is not safe for concurrent use.
type Connector struct {
	host abi.Host
	// kind, opened and asked belong to the import that runs.
	kind   abi.OperationType
	opened string
	asked  int
}

var (
	_ guest.Connector   = (*Connector)(nil)
	_ guest.Partitioner = (*Connector)(nil)
	_ guest.Importer    = (*Connector)(nil)
	_ guest.Exporter    = (*Connector)(nil)
	_ guest.Passworder  = (*Connector)(nil)
)

// New returns a connector that reaches the world through host.
func New(host abi.Host) *Connector { return &Connector{host: host} }

// odd is text with everything that JSON writes in a special way, and some that it
// does not.
const odd = "zoë \"z\" <z@hr.example>\\/\b\f\n\r\t\x01\x1f\x7f\u2028😀"

// GetCapabilities fails as the parameter Fail says.
func (c *Connector) GetCapabilities(_ context.Context, p abi.ConfigParameters) (abi.Capabilities, error) {
	server, there := p.Lookup("Server")
	if !there {
		return abi.Capabilities{}, &abi.Error{Code: abi.NoSuchParameter, Message: "the server's name is missing", Parameter: "Server"}
	}
	switch p.Get("Fail") {
	case "":
		return capabilities, nil
	case "every member":
		return abi.Capabilities{}, &abi.Error{
			Code: abi.BadServerCredentials, Name: "no-login", Message: "cannot log in at " + server, Detail: odd,
			DN: "CN=u-1,OBJECT=person", ObjectType: "person", Attribute: "näme", Parameter: "Password",
			Retryable: true, RetryAfter: 1500 * time.Millisecond,
		}
	case "long":
		return abi.Capabilities{}, &abi.Error{Code: abi.ServerDown, Detail: "x" + strings.Repeat("é", abi.MaxErrorText)}
	}
	return abi.Capabilities{}, abi.NewError(abi.ServerDown, "cannot reach "+server)
}

var capabilities = abi.Capabilities{
	ConcurrentOperation: true, DistinguishedNameStyle: abi.DNLdap, ObjectRename: true, DeltaImport: true, FullExport: true,
	ExportType: abi.ExportAttributeUpdate, NoReferenceValuesInFirstExport: true, DeleteAddAsReplace: true,
	ObjectConfirmation: abi.ConfirmNoAddAndDelete, Normalizations: abi.NormalizeUppercase | abi.NormalizeRemoveAccents,
	SupportImport: true, SupportExport: true, SupportPartitions: true, SupportPassword: true, SupportFullObject: true,
	ImportDefaultPageSize: 100, ImportMaxPageSize: 10_000, ExportDefaultPageSize: 1, ExportMaxPageSize: 100,
	ConnectionSecurityLevel: abi.Secure,
}

// GetConfigParameters has parameters on three pages.
func (c *Connector) GetConfigParameters(_ context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	switch {
	case step.Page == abi.PageConnectivity:
		return connectivity, nil
	case step.Page == abi.PagePartition:
		text := step.Partition.Name + " is " + step.Partition.DN
		if step.Partition.Hidden {
			text += ", hidden"
		}
		return []abi.ConfigParameterDefinition{{Type: abi.ParameterLabel, Text: text}}, nil
	case step.Page == abi.PageSchema && step.PageNumber == 1:
		return []abi.ConfigParameterDefinition{
			{Name: "Kind", Type: abi.ParameterDropDown, Choices: []string{"staff", "guests, \"too\"", ""}, Extensible: true},
		}, nil
	}
	return nil, nil
}

var connectivity = []abi.ConfigParameterDefinition{
	{Name: "Server", Text: "host name", Validation: `^[a-zë.\d]+$`, DefaultValue: "hr.example"},
	{Name: "Password", Type: abi.ParameterEncryptedString},
	{Type: abi.ParameterDivider},
	{Type: abi.ParameterLabel, Text: odd},
	{Name: "Note", Type: abi.ParameterText},
	{Name: "Trace", Type: abi.ParameterCheckBox, DefaultValue: "1"},
	{Name: "Zertifikat für alle", Type: abi.ParameterFile},
}

// ValidateConfigParameters wants a server on the first page.
func (c *Connector) ValidateConfigParameters(_ context.Context, step abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
	if step.Page == abi.PageConnectivity && step.Parameters.Get("Server") == "" {
		return abi.ParameterValidationResult{
			Code: abi.ValidationFailure, ErrorMessage: "the server's name is missing", ErrorParameter: "Server",
		}, nil
	}
	return abi.ParameterValidationResult{}, nil
}

// GetSchema has every type of attribute.
func (c *Connector) GetSchema(ctx context.Context, p abi.ConfigParameters) (abi.Schema, error) {
	err := c.host.Log(ctx, abi.LogEntry{Level: abi.LogInfo, Message: "the schema was asked for",
		Fields: []abi.Field{{Name: "server", Value: p.Get("Server")}}})
	return schema, err
}

var schema = abi.Schema{Types: []abi.SchemaType{
	{Name: "person", Locked: true, PossibleDNComponents: []string{"ou", "cn"}, Attributes: []abi.SchemaAttribute{
		{Name: "id", Anchor: true, Operation: abi.ImportOnly},
		{Name: "näme"},
		{Name: "number", Type: abi.Integer},
		{Name: "active", Type: abi.Boolean},
		{Name: "photo", Type: abi.Binary, Hidden: true},
		{Name: "manager", Type: abi.Reference},
		{Name: "tags", MultiValued: true},
		{Name: "numbers", Type: abi.Integer, MultiValued: true},
		{Name: "pin", Operation: abi.ExportOnly, Sensitive: true},
	}},
	{Name: "group", Attributes: []abi.SchemaAttribute{{Name: "id", Anchor: true, Operation: abi.ImportOnly}}},
}}

// GetPartitions has two, one called like the server.
func (c *Connector) GetPartitions(_ context.Context, p abi.ConfigParameters) ([]abi.Partition, error) {
	return []abi.Partition{
		abi.DefaultPartition,
		{Identifier: "8f2c7bb6-7d4e-4f5f-9d0a-0d6a3f6d1c11", DN: "dc=hr,dc=example", Name: p.Get("Server"), Hidden: true},
	}, nil
}
