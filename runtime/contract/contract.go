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
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

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
	// MaxImportObjects is how many objects one full import may name; one more fails
	// with abi.LimitExceeded. Zero: DefaultMaxImportObjects. A Runtime lowers it to that
	// of its Config.
	MaxImportObjects int
	// Absent are the roles whose exports the module lacks, as whoever loaded it
	// knows: a role is offered only when its exports are there and the
	// capabilities say so. Nil: nothing is known to be missing.
	Absent []abi.Role
}

// Connector is a connector under contract. It is safe for concurrent use if the
// connector it guards is; its sessions are not. One import, one export and one
// password session may be open at a time; another Open waits for its place as long
// as its context lasts.
//
// Capabilities, schema and partitions are asked for once per list of parameters,
// when a session is opened, and kept; GetSchema and GetPartitions ask again.
type Connector struct {
	inner   abi.Connector
	promise Promise
	// asking is held while the connector is asked for what is then known.
	asking chan struct{}
	known  []known
	// mu guards notes.
	mu    sync.Mutex
	notes notes
	// open has a place for the one session of each kind.
	open [3]chan struct{}
}

var _ abi.Connector = (*Connector)(nil)

// known is what was asked with one list of parameters.
type known struct {
	parameters   [sha256.Size]byte
	capabilities abi.Capabilities
	agreement    *Agreement
}

// maxKnown bounds how many lists of parameters are remembered: run steps may add
// their own, and there are few of them.
const maxKnown = 8

// Enforce puts a connector under contract. It enters no guest. All mistakes of
// the promise itself are returned, joined.
func Enforce(c abi.Connector, p Promise) (*Connector, error) {
	if c == nil {
		return nil, abi.NewError(abi.HostFailure, "contract: there is no connector to enforce")
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	p.Attributes, p.Absent = slices.Clone(p.Attributes), slices.Clone(p.Absent)
	enforced := &Connector{inner: c, promise: p, asking: make(chan struct{}, 1)}
	for i := range enforced.open {
		enforced.open[i] = make(chan struct{}, 1)
	}
	return enforced, nil
}

// Findings returns what was seen outside of sessions, each rule once: what the
// connector declares and nobody uses, and what an operator should know.
func (c *Connector) Findings() []Finding {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notes.findings()
}

func (c *Connector) note(list []Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes.once(list)
}

func (c *Connector) typed(op string, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notes.typed(op, err)
}

// Agree asks the connector for all that the promise hangs on, unless it is known,
// and returns what the promise comes to. The error joins its mistakes as
// the function Agree does.
func (c *Connector) Agree(ctx context.Context, parameters abi.ConfigParameters) (*Agreement, error) {
	if err := CheckParameters("", parameters); err != nil {
		return nil, err
	}
	release, err := c.ask(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	k, err := c.capabilities(ctx, parameters)
	if err != nil || k.agreement != nil {
		return k.agreement, err
	}
	s, err := c.inner.GetSchema(ctx, parameters)
	if err != nil {
		return nil, c.typed("GetSchema", err)
	}
	partitions, err := c.partitions(ctx, k.capabilities, parameters)
	if err != nil {
		return nil, err
	}
	if k.agreement, err = Agree(c.promise, k.capabilities, s, partitions); err != nil {
		return nil, err
	}
	c.note(k.agreement.Findings)
	c.remember(k)
	return k.agreement, nil
}

// ask waits until nobody else asks the connector.
func (c *Connector) ask(ctx context.Context) (release func(), err error) {
	if !take(ctx, c.asking) {
		return nil, c.typed("", ctx.Err())
	}
	return func() { <-c.asking }, nil
}

// take takes the one place, at once if it is free, else waiting as long as ctx
// lasts, and reports whether it got it.
func take(ctx context.Context, place chan struct{}) bool {
	select {
	case place <- struct{}{}:
		return true
	default:
	}
	select {
	case place <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// capabilities returns what is known with these parameters, the capabilities at
// least. The caller holds asking.
func (c *Connector) capabilities(ctx context.Context, parameters abi.ConfigParameters) (known, error) {
	key := fingerprint(parameters)
	for _, k := range c.known {
		if k.parameters == key {
			return k, nil
		}
	}
	capabilities, err := c.inner.GetCapabilities(ctx, parameters)
	if err != nil {
		return known{}, c.typed("GetCapabilities", err)
	}
	findings, err := CheckCapabilities(capabilities)
	if err != nil {
		return known{}, err
	}
	c.note(findings)
	k := known{parameters: key, capabilities: capabilities}
	c.remember(k)
	return k, nil
}

// partitions returns the connector's partitions, or nil if it has no such role.
func (c *Connector) partitions(ctx context.Context, capabilities abi.Capabilities, parameters abi.ConfigParameters) ([]abi.Partition, error) {
	if c.promise.roleReason(capabilities, abi.RolePartitions) != "" {
		return nil, nil
	}
	list, err := c.inner.GetPartitions(ctx, parameters)
	if abi.CodeOf(err) == abi.EntryPointNotImplemented {
		return nil, nil
	}
	if err == nil && list == nil {
		list = []abi.Partition{}
	}
	return list, c.typed("GetPartitions", err)
}

// remember keeps what is known, newest first. The caller holds asking.
func (c *Connector) remember(k known) {
	c.known = slices.DeleteFunc(c.known, func(old known) bool { return old.parameters == k.parameters })
	c.known = slices.Insert(c.known, 0, k)
	c.known = c.known[:min(len(c.known), maxKnown)]
}

// fingerprint stands for a list of parameters, so that no secret is kept.
func fingerprint(parameters abi.ConfigParameters) [sha256.Size]byte {
	h := sha256.New()
	for _, p := range parameters {
		fmt.Fprintf(h, "%d %d %t %s%s", len(p.Name), len(p.Value), p.Encrypted, p.Name, p.Value)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
