package guesttest

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/internal/call"
	"github.com/ecmabox/ecmabox/abi/wire"
)

// Connector returns what a host would see of the connector that create makes:
// a fresh one for each configuration call and for each session, its errors and
// pages as they leave a module. Roles it does not have answer
// EntryPointNotImplemented.
func Connector(create func(abi.Host) guest.Connector, host abi.Host) abi.Connector {
	return connector{create, host}
}

type connector struct {
	create func(abi.Host) guest.Connector
	host   abi.Host
}

// fresh returns a new connector in a role, or an error that says which it lacks.
func fresh[T any](c connector, role abi.Role) (T, error) {
	one, ok := c.create(c.host).(T)
	if !ok {
		return one, abi.NewError(abi.EntryPointNotImplemented, "the connector has no "+role.String()+" role")
	}
	return one, nil
}

// failure is what leaves the module; a nil error stays nil.
func failure(err error) error {
	if err == nil {
		return nil
	}
	e := guest.Failure(err)
	e.Side = abi.SideGuest
	return e
}

func (c connector) GetCapabilities(ctx context.Context, p abi.ConfigParameters) (abi.Capabilities, error) {
	one := c.create(c.host)
	capabilities, err := one.GetCapabilities(ctx, p)
	if err != nil {
		return abi.Capabilities{}, failure(err)
	}
	_, importer := one.(guest.Importer)
	_, exporter := one.(guest.Exporter)
	_, passworder := one.(guest.Passworder)
	_, partitioner := one.(guest.Partitioner)
	capabilities.SupportImport = capabilities.SupportImport && importer
	capabilities.SupportExport = capabilities.SupportExport && exporter
	capabilities.SupportPassword = capabilities.SupportPassword && passworder
	capabilities.SupportPartitions = capabilities.SupportPartitions && partitioner
	return capabilities, nil
}

func (c connector) GetConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	definitions, err := c.create(c.host).GetConfigParameters(ctx, step)
	return definitions, failure(err)
}

func (c connector) ValidateConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) (abi.ParameterValidationResult, error) {
	result, err := c.create(c.host).ValidateConfigParameters(ctx, step)
	return result, failure(err)
}

func (c connector) GetSchema(ctx context.Context, p abi.ConfigParameters) (abi.Schema, error) {
	schema, err := c.create(c.host).GetSchema(ctx, p)
	return schema, failure(err)
}

func (c connector) GetPartitions(ctx context.Context, p abi.ConfigParameters) ([]abi.Partition, error) {
	one, err := fresh[guest.Partitioner](c, abi.RolePartitions)
	if err != nil {
		return nil, err
	}
	partitions, err := one.GetPartitions(ctx, p)
	return partitions, failure(err)
}

func (c connector) OpenImportConnection(ctx context.Context, step abi.OpenImportConnectionRunStep) (abi.ImportSession, error) {
	one, err := fresh[guest.Importer](c, abi.RoleImport)
	if err != nil {
		return nil, err
	}
	customData, err := one.OpenImportConnection(ctx, step)
	if err != nil {
		return nil, failure(err)
	}
	return &importSession{one: one, customData: customData, types: abi.NewTypeIndex(step.Schema)}, nil
}

func (c connector) OpenExportConnection(ctx context.Context, step abi.OpenExportConnectionRunStep) (abi.ExportSession, error) {
	one, err := fresh[guest.Exporter](c, abi.RoleExport)
	if err != nil {
		return nil, err
	}
	if err := one.OpenExportConnection(ctx, step); err != nil {
		return nil, failure(err)
	}
	return exportSession{one}, nil
}

func (c connector) OpenPasswordConnection(ctx context.Context, step abi.OpenPasswordConnectionRunStep) (abi.PasswordSession, error) {
	one, err := fresh[guest.Passworder](c, abi.RolePassword)
	if err != nil {
		return nil, err
	}
	if err := one.OpenPasswordConnection(ctx, step); err != nil {
		return nil, failure(err)
	}
	return passwordSession{one}, nil
}

type importSession struct {
	one        guest.Importer
	customData string
	types      *abi.TypeIndex
	pages      call.Pages
}

func (s *importSession) CustomData() string { return s.customData }

// GetImportEntries sends the page through the codec, so that what cannot travel
// is seen here as it is in a module.
func (s *importSession) GetImportEntries(ctx context.Context, step abi.GetImportEntriesRunStep) (abi.GetImportEntriesResults, error) {
	var w wire.Writer
	var results abi.GetImportEntriesResults
	if err := s.pages.Next(ctx, &w, step, s.one.GetImportEntries); err != nil {
		return results, failure(err)
	}
	err := abi.DecodeReply(string(w.Bytes()), &results, s.types)
	return results, err
}

func (s *importSession) CloseImportConnection(ctx context.Context, step abi.CloseImportConnectionRunStep) (abi.CloseImportConnectionResults, error) {
	customData, err := s.one.CloseImportConnection(ctx, step)
	return abi.CloseImportConnectionResults{CustomData: customData}, failure(err)
}

type exportSession struct{ one guest.Exporter }

func (s exportSession) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
	results, err := s.one.PutExportEntries(ctx, entries)
	return abi.PutExportEntriesResults{Results: results}, failure(err)
}

func (s exportSession) CloseExportConnection(ctx context.Context, step abi.CloseExportConnectionRunStep) error {
	return failure(s.one.CloseExportConnection(ctx, step))
}

type passwordSession struct{ one guest.Passworder }

func (s passwordSession) SetPassword(ctx context.Context, step abi.SetPasswordRunStep) error {
	return failure(s.one.SetPassword(ctx, step))
}

func (s passwordSession) ChangePassword(ctx context.Context, step abi.ChangePasswordRunStep) error {
	return failure(s.one.ChangePassword(ctx, step))
}

func (s passwordSession) ClosePasswordConnection(ctx context.Context) error {
	return failure(s.one.ClosePasswordConnection(ctx))
}
