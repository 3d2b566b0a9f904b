package scim

import "time"

// Resource is one resource as a Backend keeps it. Attributes holds the core
// attributes under their declared names, externalId among them, and the
// attributes of each extension as a complex value under the extension's URN.
//
// A Resource that was handed to a Backend, or that a Backend returned, must not
// be changed any more by either side: copy the struct, which is cheap, and
// change the copy. Then it may be shared between goroutines.
type Resource struct {
	// ID is given by the Backend and never changes.
	ID         string
	Attributes Object
	Meta       Meta
}

// Meta is what a Backend knows about a resource (RFC 7643 section 3.1). The
// resource type and the location are added by the Handler.
type Meta struct {
	Created      time.Time
	LastModified time.Time
	// Version is the entity tag, quotes included, for instance W/"3". It changes
	// with each change of the resource. Empty means that the Backend has none:
	// no ETag is sent, and If-Match fails unless it is "*".
	Version string
}

// Get returns the value of a core attribute, or all values of an extension
// under its URN.
func (r *Resource) Get(name string) Value { return r.Attributes.Get(name) }

// ExternalID returns the client's identifier, empty if there is none.
func (r *Resource) ExternalID() string { return r.Attributes.Get("externalId").Text() }

// metaValue is meta as a filter sees it, without the location.
func (r *Resource) metaValue(t *ResourceType) Value {
	return Complex(
		Field{"resourceType", String(t.Name())},
		Field{"created", DateTime(r.Meta.Created)},
		Field{"lastModified", DateTime(r.Meta.LastModified)},
		Field{"version", String(r.Meta.Version)},
	)
}

// text returns a part of meta as an answer shows it, "" for none.
func (m *Meta) text(name string, t *ResourceType, location string) string {
	switch name {
	case "resourceType":
		return t.Name()
	case "created":
		return DateTime(m.Created).str
	case "lastModified":
		return DateTime(m.LastModified).str
	case "location":
		return location
	}
	return m.Version
}

// schemasOf lists the core schema and each extension of which r has values.
func (t *ResourceType) schemasOf(r *Resource) Value {
	items := []Value{Reference(t.core().URN)}
	for _, x := range t.schemas[1:] {
		if !r.Attributes.Get(x.URN).IsAbsent() {
			items = append(items, Reference(x.URN))
		}
	}
	return listOf(items)
}
