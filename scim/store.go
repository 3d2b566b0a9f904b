package scim

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// store makes the changes that a client may ask for out of a Backend's.
type store struct {
	backend Backend
	locks   *locks
}

func (h *Handler) store() store { return store{h.backend, &h.locks} }

// maxTries is how often a change that asked for no version is tried when
// others change the same resource past this Handler.
const maxTries = 8

func (s store) create(ctx context.Context, t *ResourceType, root Object) (*Resource, error) {
	if err := t.checkRequired(root); err != nil {
		return nil, err
	}
	return s.backend.Create(ctx, t, &Resource{Attributes: root})
}

func (s store) replace(ctx context.Context, t *ResourceType, id string, root Object, ifMatch string) (*Resource, error) {
	return s.change(ctx, t, id, ifMatch, nil, func(stored *Resource) (Object, error) {
		next, err := t.carryOver(stored.Attributes, root)
		if err != nil {
			return Object{}, err
		}
		return next, t.checkRequired(next)
	})
}

func (s store) patch(ctx context.Context, t *ResourceType, id string, ops []PatchOp, ifMatch string) (*Resource, error) {
	return s.change(ctx, t, id, ifMatch, ops, func(stored *Resource) (Object, error) {
		return t.applyPatch(ctx, stored, ops)
	})
}

func (s store) delete(ctx context.Context, t *ResourceType, id, ifMatch string) error {
	if ifMatch == "" || ifMatch == "*" {
		return s.backend.Delete(ctx, t, id, "")
	}
	stored, err := s.read(ctx, t, id, ifMatch)
	if err != nil {
		return err
	}
	return s.backend.Delete(ctx, t, id, stored.Meta.Version)
}

// change reads a resource, makes the next one of it and stores that, if it is
// another, under the version that was read. When that version is no longer the
// stored one it starts again, unless the client named a version.
func (s store) change(ctx context.Context, t *ResourceType, id, ifMatch string, patch []PatchOp, next func(*Resource) (Object, error)) (*Resource, error) {
	release, err := s.locks.acquire(ctx, t, id)
	if err != nil {
		return nil, err
	}
	defer release()
	for range maxTries {
		stored, err := s.read(ctx, t, id, ifMatch)
		if err != nil {
			return nil, err
		}
		root, err := next(stored)
		if err != nil {
			return nil, err
		}
		if root.Equal(stored.Attributes) && !writesHidden(patch) {
			return stored, nil
		}
		changed := *stored
		changed.Attributes = root
		u := Update{Resource: &changed, IfVersion: stored.Meta.Version, Patch: patch}
		updated, err := s.backend.Update(ctx, t, u)
		if ifMatch != "" && ifMatch != "*" || !errors.Is(err, ErrVersion) {
			return updated, err
		}
	}
	return nil, &Error{Status: http.StatusConflict, Detail: "the resource is being changed by others: try again"}
}

// writesHidden reports a write of what a Backend may keep out of its resources,
// a password for instance: whether that changes, only the Backend can tell.
func writesHidden(patch []PatchOp) bool {
	return slices.ContainsFunc(patch, func(op PatchOp) bool { return op.Path.hidden() })
}

// read returns the whole resource if its version is one that If-Match names,
// which "*" does for all.
func (s store) read(ctx context.Context, t *ResourceType, id, ifMatch string) (*Resource, error) {
	stored, err := s.backend.Get(ctx, t, id, SelectAll())
	if err != nil {
		return nil, err
	}
	if ifMatch != "" && !matchesVersion(ifMatch, stored.Meta.Version) {
		return nil, ErrVersion
	}
	return stored, nil
}
