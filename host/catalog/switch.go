package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
)

// Activate makes a version the one that runs. digest is its digest or the
// beginning of it. Activating the active version changes nothing. The module is
// read and checked first: a damaged one is not activated.
func (c *Catalog) Activate(ctx context.Context, name, digest string) (Version, error) {
	return c.switchTo(ctx, "activate", name, func(s *state) (stateVersion, error) {
		v, err := s.find(digest)
		if err == nil && v.Digest != s.Active && s.Active != "" {
			s.remember(s.Active)
		}
		return v, err
	})
}

// Rollback makes the version active that was active before. Each rollback goes
// one step further back; the version it leaves stays in the catalog and can be
// activated again.
func (c *Catalog) Rollback(ctx context.Context, name string) (Version, error) {
	return c.switchTo(ctx, "rollback", name, func(s *state) (stateVersion, error) {
		n := len(s.Previous)
		if n == 0 {
			return stateVersion{}, fmt.Errorf("%w: no other version was active before", ErrNoVersion)
		}
		digest := s.Previous[n-1]
		s.Previous = s.Previous[:n-1]
		return s.find(digest)
	})
}

// remember notes the version that a rollback goes back to.
func (s *state) remember(digest string) {
	s.Previous = append(s.Previous, digest)
	if n := len(s.Previous); n > maxHistory {
		s.Previous = s.Previous[n-maxHistory:]
	}
}

func (c *Catalog) switchTo(ctx context.Context, action, name string, choose func(*state) (stateVersion, error)) (Version, error) {
	var v stateVersion
	err := c.change(ctx, name, func(root *os.Root, s *state) error {
		was := s.Active
		var err error
		if v, err = choose(s); err != nil {
			return err
		}
		if v.Digest == was {
			return errUnchanged
		}
		if _, err := c.readModule(root, name, v); err != nil {
			return err
		}
		s.Active = v.Digest
		s.record(action, v.Digest)
		return nil
	}, nil)
	if err != nil {
		return Version{}, failed(action, name, err)
	}
	return Version{Connector: name, Digest: v.Digest, Size: v.Size, Uploaded: v.Uploaded, Active: true}, nil
}

// Remove takes a version out of the catalog. The active version, and the one that
// a rollback would go back to, are refused with ErrInUse unless force is set;
// older ones are forgotten by the rollbacks too. Removing the active version
// leaves the connector without one; removing the last version removes the
// connector and its history.
func (c *Catalog) Remove(ctx context.Context, name, digest string, force bool) (Version, error) {
	var v stateVersion
	wasActive := false
	err := c.change(ctx, name, func(_ *os.Root, s *state) error {
		var err error
		if v, err = s.find(digest); err != nil {
			return err
		}
		if err := s.removable(v.Digest); err != nil && !force {
			return err
		}
		if wasActive = s.Active == v.Digest; wasActive {
			s.Active = ""
		}
		s.Versions = slices.DeleteFunc(s.Versions, func(w stateVersion) bool { return w.Digest == v.Digest })
		s.Previous = slices.Compact(slices.DeleteFunc(s.Previous, func(d string) bool { return d == v.Digest }))
		s.dropActiveFromTop()
		s.record("remove", v.Digest)
		return nil
	}, func(root *os.Root) error {
		if err := c.seam.step("remove"); err != nil {
			return err
		}
		return root.Remove(moduleFile(name, v.Digest))
	})
	if err != nil {
		return Version{}, failed("remove", name, err)
	}
	return Version{Connector: name, Digest: v.Digest, Size: v.Size, Uploaded: v.Uploaded, Active: wasActive}, nil
}

// dropActiveFromTop keeps a rollback from going to the version that is active
// already, after the one between them was removed.
func (s *state) dropActiveFromTop() {
	for n := len(s.Previous); n > 0 && s.Previous[n-1] == s.Active; n = len(s.Previous) {
		s.Previous = s.Previous[:n-1]
	}
}

// removable tells why a version should stay.
func (s *state) removable(digest string) error {
	if digest == s.Active {
		return fmt.Errorf("version %s is %w: it is the active one; activate another first, or force it", digest[:12], ErrInUse)
	}
	if n := len(s.Previous); n > 0 && digest == s.Previous[n-1] {
		return fmt.Errorf("version %s is %w: a rollback would go back to it; force it to do without", digest[:12], ErrInUse)
	}
	return nil
}

// errUnchanged ends a change that turned out to be none.
var errUnchanged = errors.New("nothing to change")

// change reads a connector's state under the lock, lets edit change it, writes it
// and then runs after, if not nil. What after fails to do, a sweep does later: it
// is not an error.
func (c *Catalog) change(ctx context.Context, name string, edit func(*os.Root, *state) error, after func(*os.Root) error) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if _, err := os.Stat(c.dir); errors.Is(err, os.ErrNotExist) {
		return c.unknown()
	}
	return c.locked(ctx, name, func(root *os.Root) error {
		s, err := c.readState(root, name)
		if err != nil {
			return err
		}
		switch err := edit(root, s); {
		case errors.Is(err, errUnchanged):
			return nil
		case err != nil:
			return err
		}
		if len(s.Versions) == 0 {
			return c.forget(root, name)
		}
		if err := c.writeState(root, name, s); err != nil {
			return fmt.Errorf("write its state: %w", err)
		}
		if after != nil {
			_ = after(root)
		}
		return nil
	})
}

// forget removes a connector without versions: first the state, which makes it
// unknown, then what is left of it.
func (c *Catalog) forget(root *os.Root, name string) error {
	if err := c.seam.step("remove"); err != nil {
		return fmt.Errorf("remove its state: %w", err)
	}
	if err := root.Remove(stateFile(name)); err != nil {
		return fmt.Errorf("remove its state: %w", err)
	}
	c.sweep(root, name)
	// An upload under way keeps the directory; it then belongs to the upload.
	_ = root.Remove(name)
	return nil
}
