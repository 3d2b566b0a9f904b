package scim_test

import (
	"context"

	"github.com/ecmabox/ecmabox/scim"
)

// brokenBackend fails at everything with one error.
type brokenBackend struct{ err error }

func (b brokenBackend) Get(context.Context, *scim.ResourceType, string, scim.Selection) (*scim.Resource, error) {
	return nil, b.err
}

func (b brokenBackend) List(context.Context, *scim.ResourceType, scim.Query) (scim.Page, error) {
	return scim.Page{}, b.err
}

func (b brokenBackend) Create(context.Context, *scim.ResourceType, *scim.Resource) (*scim.Resource, error) {
	return nil, b.err
}

func (b brokenBackend) Update(context.Context, *scim.ResourceType, scim.Update) (*scim.Resource, error) {
	return nil, b.err
}

func (b brokenBackend) Delete(context.Context, *scim.ResourceType, string, string) error {
	return b.err
}
