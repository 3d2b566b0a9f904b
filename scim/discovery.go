package scim

import (
	"net/http"
	"net/url"
	"slices"
)

// described is one schema or resource type of a discovery endpoint.
type described struct {
	id    string
	value Value
}

// discoveryMethods serves a list and, by id, its parts (RFC 7644 section 4).
func (h *Handler) discoveryMethods(rest []string, all func(base string) []described) methods {
	if len(rest) > 1 {
		return nil
	}
	return methods{http.MethodGet: func(r *http.Request) (answer, error) {
		p, err := queryParams(r)
		if err != nil {
			return answer{}, err
		}
		if p.filter != "" {
			return answer{}, &Error{Status: http.StatusForbidden, Detail: "this endpoint takes no filter"}
		}
		parts := all(h.base(r))
		if len(rest) == 0 {
			return listAll(parts), nil
		}
		i := slices.IndexFunc(parts, func(d described) bool { return equalName(d.id, rest[0]) })
		if i < 0 {
			return answer{}, ErrNotFound
		}
		return answer{status: http.StatusOK, body: appendValue(nil, parts[i].value)}, nil
	}}
}

func listAll(parts []described) answer {
	l := newListResponse(len(parts), 1, len(parts))
	for _, d := range parts {
		l.value(d.value)
	}
	return l.answer()
}

func (h *Handler) resourceTypes(base string) []described {
	var all []described
	for _, t := range h.config.Types {
		var extensions []Value
		for _, x := range t.schemas[1:] {
			extensions = append(extensions, Complex(
				Field{"schema", Reference(x.URN)},
				Field{"required", Boolean(x.required)},
			))
		}
		all = append(all, described{t.Name(), Complex(
			Field{"schemas", List(Reference(urnResourceType))},
			Field{"id", String(t.Name())},
			Field{"name", String(t.Name())},
			Field{"endpoint", Reference(t.Endpoint())},
			Field{"description", String(t.def.Description)},
			Field{"schema", Reference(t.core().URN)},
			Field{"schemaExtensions", List(extensions...)},
			discoveryMeta(base, routeResourceTypes, "ResourceType", t.Name()),
		)})
	}
	return all
}

// schemas describes each schema once, whichever types use it.
func (h *Handler) schemas(base string) []described {
	var all []described
	for _, t := range h.config.Types {
		for i, x := range t.schemas {
			if slices.ContainsFunc(all, func(d described) bool { return equalName(d.id, x.URN) }) {
				continue
			}
			all = append(all, described{x.URN, x.describe(base, i == 0)})
		}
	}
	return all
}

// describe is the schema as /Schemas shows it (RFC 7643 section 7). id and
// externalId, which belong to every core schema, are shown in it, since clients
// that discover attributes find them nowhere else.
func (x *schemaIndex) describe(base string, core bool) Value {
	var attrs []Value
	for _, a := range x.names.list {
		if !core || a.Name != "schemas" && a.Name != "meta" {
			attrs = append(attrs, a.describe())
		}
	}
	return Complex(
		Field{"schemas", List(Reference(urnSchema))},
		Field{"id", Reference(x.URN)},
		Field{"name", String(x.Name)},
		Field{"description", String(x.Description)},
		Field{"attributes", List(attrs...)},
		discoveryMeta(base, routeSchemas, "Schema", x.URN),
	)
}

func (a *attribute) describe() Value {
	var subs []Value
	for _, sub := range a.subs.list {
		subs = append(subs, sub.describe())
	}
	return Complex(
		Field{"name", String(a.Name)},
		Field{"type", String(a.Type.String())},
		Field{"multiValued", Boolean(a.MultiValued)},
		Field{"description", String(a.Description)},
		Field{"required", Boolean(a.Required)},
		Field{"canonicalValues", stringList(a.CanonicalValues)},
		Field{"caseExact", Boolean(a.caseExact())},
		Field{"mutability", String(a.Mutability.String())},
		Field{"returned", String(a.Returned.String())},
		Field{"uniqueness", String(a.Uniqueness.String())},
		Field{"referenceTypes", stringList(a.ReferenceTypes)},
		Field{"subAttributes", List(subs...)},
	)
}

func stringList(list []string) Value {
	var values []Value
	for _, s := range list {
		values = append(values, String(s))
	}
	return List(values...)
}

func discoveryMeta(base, route, resourceType, id string) Field {
	return Field{"meta", Complex(
		Field{"resourceType", String(resourceType)},
		Field{"location", Reference(base + "/" + route + "/" + url.PathEscape(id))},
	)}
}

// serviceProviderConfig answers with RFC 7643 section 5.
func (h *Handler) serviceProviderConfig(r *http.Request) (answer, error) {
	supported := func(yes bool, more ...Field) Value {
		return Complex(append([]Field{{"supported", Boolean(yes)}}, more...)...)
	}
	v := Complex(
		Field{"schemas", List(Reference(urnServiceProviderConfig))},
		Field{"documentationUri", Reference(h.config.DocumentationURI)},
		Field{"patch", supported(true)},
		Field{"bulk", supported(!h.config.DisableBulk,
			Field{"maxOperations", Integer(int64(h.config.MaxBulkOperations))},
			Field{"maxPayloadSize", Integer(h.config.MaxBodyBytes)})},
		Field{"filter", supported(true, Field{"maxResults", Integer(int64(h.config.MaxPageSize))})},
		Field{"changePassword", supported(false)},
		Field{"sort", supported(!h.config.DisableSort)},
		Field{"etag", supported(true)},
		Field{"authenticationSchemes", List(Complex(
			Field{"type", String("oauthbearertoken")},
			Field{"name", String("OAuth Bearer Token")},
			Field{"description", String("A bearer token in the Authorization header, as in RFC 6750")},
			Field{"primary", Boolean(true)},
		))},
		Field{"meta", Complex(
			Field{"resourceType", String("ServiceProviderConfig")},
			Field{"location", Reference(h.base(r) + "/" + routeServiceProviderConfig)},
		)},
	)
	return answer{status: http.StatusOK, body: appendValue(nil, v)}, nil
}
