// Package contract holds a connector to the promise that an operator made about
// it: one object type, one partition, one anchor, the capabilities it declares.
//
// Enforce wraps any abi.Connector. The Connector it returns checks every request
// of the caller and every answer of the connector, on every call, fills in what
// the promise decides (schema, partition, page sizes) and keeps the watermark
// rules of an import. The checks are pure functions and may be used alone:
// CheckCapabilities, CheckSchema, CheckPartitions, CheckDefinitions,
// CheckParameters, Agree, ImportRun.Page, ExportRun.Entries, ExportRun.Results.
//
// Every rule has a stable code, ECMA-<WORDS>; Rules returns the table, and
// docs/contract.md is made from it. A broken rule of effect Refuse is an
// *abi.Error with that code in Rule, Code ContractViolation unless the table
// says otherwise, and Side telling who broke it: abi.SideGuest the connector,
// abi.SideCaller whoever called it or configured it. Rules of the other effects
// do not fail a call; they are counted as Findings.
//
// A connector that works on files alone (ECMA's FileImport and FileExport) needs
// no rule: the ABI has no such calls.
package contract

import (
	"errors"

	"github.com/ecmabox/ecmabox/abi"
)

// Promise is what an operator chose for one connector. The zero Promise is the
// strictest: the schema must have one object type, with one anchor, and the
// target one partition, or they are refused with the list to choose from; no
// password is mapped.
type Promise struct {
	// ObjectType is the one object type. Empty: the only one in the schema.
	ObjectType string
	// Partition is the name, DN or identifier of the one partition. Empty: the
	// only one there is, which without GetPartitions is "default".
	Partition string
	// Anchor is the one attribute that identifies objects for good. Empty: the
	// schema's. A locked object type takes no other.
	Anchor string
	// Attributes are the selected ones, the anchor always among them. Nil: all
	// of the object type. export_password is not selected but mapped, below.
	Attributes []string
	// PasswordMapped says that new objects get a password: export_password joins
	// the schema of exports, and the connector must have a way to take it.
	PasswordMapped bool
	// ImportPageSize and ExportBatchSize are in entries. Zero: the connector's
	// default. The connector's maximum holds in any case.
	ImportPageSize, ExportBatchSize int
	// Absent are the roles whose exports the module lacks, as whoever loaded it
	// knows: a role is offered only when its exports are there and the
	// capabilities say so. Nil: nothing is known to be missing.
	Absent []abi.Role
}

// Connector is a connector under contract. It is safe for concurrent use if the
// connector it guards is; its sessions are not. One import, one export and one
// password session may be open at a time.
type Connector struct {
	inner   abi.Connector
	promise Promise
}

// Enforce puts a connector under contract. It enters no guest. All mistakes of
// the promise itself are returned, joined.
func Enforce(c abi.Connector, p Promise) (*Connector, error) {
	if c == nil {
		return nil, errors.New("contract: enforce: no connector")
	}
	return &Connector{inner: c, promise: p}, nil
}
