// Package scim serves SCIM 2.0 (RFC 7643, RFC 7644) over net/http.
//
// A program brings a [Backend], which keeps resources, and gets an
// http.Handler that speaks the protocol:
//
//	handler, err := scim.New(backend, scim.Config{
//		Authenticate: scim.StaticTokens(os.Getenv("SCIM_TOKEN")),
//	})
//	http.Handle("/scim/", http.StripPrefix("/scim", handler))
//
// The handler answers /ServiceProviderConfig, /ResourceTypes, /Schemas, /Bulk,
// /.search and one endpoint for each [ResourceType]: create, read, replace,
// PATCH, delete, list and .search. Users with the enterprise extension and
// Groups are built in; any other type is declared by a [Definition].
//
// # A tolerant front door, one normal form inside
//
// Identity providers speak dialects of SCIM: capitalised operations, booleans
// as strings, literals without quotes, dotted keys, filtered paths on values that
// are not there yet. All of them are read, and all of them become the same
// typed values before a backend sees them: a [Resource] is made of [Value]s of
// the declared type under their canonical names, a filter is a [Filter] tree
// whose literals already have the type of the attribute, a PATCH is a list of
// [PatchOp]s. What is wrong is refused with the status and the scimType of
// RFC 7644 section 3.12; docs/scim.md lists each dialect and each decision.
//
// # Values
//
// [Value], [Object], [Path] and the nodes of a [Filter] are immutable. They may
// be shared between goroutines and kept for ever. An absent value, JSON null,
// an empty array and an empty string are one and the same thing: unassigned
// (RFC 7643 section 2.5).
//
// # Safety
//
// The zero Config refuses every request until Authenticate is set; every limit
// has a documented default. Requests are bounded in bytes, in JSON values, in
// nesting, in filter terms, in operations and in page size. Errors that a
// backend did not mark for the client are answered with a neutral sentence.
package scim

// ContentType is the media type of every answer (RFC 7644 section 8.1).
const ContentType = "application/scim+json"

// URNs of the schemas that this package declares (RFC 7643 section 8.7).
const (
	UserURN           = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupURN          = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseUserURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

const (
	urnServiceProviderConfig = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	urnResourceType          = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	urnSchema                = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	urnListResponse          = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	urnSearchRequest         = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	urnPatchOp               = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	urnBulkRequest           = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	urnBulkResponse          = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
	urnError                 = "urn:ietf:params:scim:api:messages:2.0:Error"
)
