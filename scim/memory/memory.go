// Package memory is a scim.Backend that keeps resources in memory: for tests
// and examples, and to read beside the duties of scim.Backend.
package memory

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/ecmabox/ecmabox/scim"
)

// Config configures a Backend. The zero Config indexes externalId and all
// unique attributes.
type Config struct {
	// Indexes are further attribute paths to index, for instance
	// emails.value. A path that a resource type does not have is passed over.
	Indexes []string
	// Now tells the time for meta; nil means time.Now.
	Now func() time.Time
}

// Backend keeps resources in memory. It is safe for concurrent use. Resources
// are listed in the order in which they were created.
type Backend struct {
	config Config

	mu     sync.RWMutex
	tables map[*scim.ResourceType]*table
}

var _ scim.Backend = (*Backend)(nil)

// New returns an empty Backend.
func New(config Config) *Backend {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Backend{config: config, tables: map[*scim.ResourceType]*table{}}
}

// Get implements scim.Backend. It returns whole resources.
func (b *Backend) Get(_ context.Context, t *scim.ResourceType, id string, _ scim.Selection) (*scim.Resource, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if e := b.tables[t].entry(id); e != nil {
		return e.resource, nil
	}
	return nil, scim.ErrNotFound
}

// List implements scim.Backend.
func (b *Backend) List(ctx context.Context, t *scim.ResourceType, q scim.Query) (scim.Page, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	table := b.tables[t]
	if table == nil {
		return scim.Page{}, nil
	}
	return table.list(ctx, q)
}

// Create implements scim.Backend.
func (b *Backend) Create(_ context.Context, t *scim.ResourceType, r *scim.Resource) (*scim.Resource, error) {
	now := b.config.Now()
	id, err := newID()
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	table := b.table(t)
	e := &entry{seq: table.nextSeq(), resource: &scim.Resource{
		ID:         id,
		Attributes: r.Attributes,
		Meta:       scim.Meta{Created: now, LastModified: now, Version: version(1)},
	}, changes: 1}
	if err := table.checkUnique(e.resource, nil); err != nil {
		return nil, err
	}
	table.insert(e)
	return e.resource, nil
}

// Update implements scim.Backend.
func (b *Backend) Update(_ context.Context, t *scim.ResourceType, u scim.Update) (*scim.Resource, error) {
	now := b.config.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	table := b.table(t)
	e := table.entry(u.Resource.ID)
	if err := e.check(u.IfVersion); err != nil {
		return nil, err
	}
	next := &scim.Resource{
		ID:         e.resource.ID,
		Attributes: u.Resource.Attributes,
		Meta:       scim.Meta{Created: e.resource.Meta.Created, LastModified: now, Version: version(e.changes + 1)},
	}
	if err := table.checkUnique(next, e); err != nil {
		return nil, err
	}
	table.replace(e, next)
	return next, nil
}

// Delete implements scim.Backend.
func (b *Backend) Delete(_ context.Context, t *scim.ResourceType, id, ifVersion string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	table := b.table(t)
	e := table.entry(id)
	if err := e.check(ifVersion); err != nil {
		return err
	}
	table.remove(e)
	return nil
}

// table returns the table of a type and makes it if need be. It must be called
// with the lock held for writing.
func (b *Backend) table(t *scim.ResourceType) *table {
	if b.tables[t] == nil {
		b.tables[t] = newTable(t, b.config.Indexes)
	}
	return b.tables[t]
}

func version(changes int) string { return fmt.Sprintf(`W/"%d"`, changes) }

// newID returns a random UUID (RFC 9562 section 5.4).
func newID() (string, error) {
	var u [16]byte
	if _, err := rand.Read(u[:]); err != nil {
		return "", fmt.Errorf("memory: new id: %w", err)
	}
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), nil
}
