package rest

import "github.com/ecmabox/ecmabox/abi"

// Observer is told of every request before it is sent. It is for tools that show
// what a recipe does; a module has none.
type Observer interface {
	Request(Request)
}

// StandIn is an Observer that also knows what lookups do not: a tool that asks no
// application has no tables. A module has none.
type StandIn interface {
	// StandIn returns the word for what a lookup has for text, a name or a key that it
	// does not have.
	StandIn(lookup, text string) string
}

// Request is a request with the parts of the recipe that made it.
type Request struct {
	HTTP abi.HTTPRequest
	// At is where the request stands in the recipe, such as create[0].request.
	At   string
	Made []Made
}

// Made says which part of the recipe made a part of a request.
type Made struct {
	// Place is the part of the request: method, path, query.NAME, header.NAME, body,
	// or body.NAME.NAME.
	Place string
	// At is a place in the recipe: that of the request for its method, path and
	// a body of text.
	At string
}

func shown(c *call) Request { return Request{HTTP: c.http, At: c.at, Made: c.made} }
