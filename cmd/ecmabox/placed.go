package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/host/config"
)

// leastMemory is a page of WebAssembly: less runs nothing.
const leastMemory = 64 << 10

// loadConfig reads a configuration and makes its mistakes usage errors.
func loadConfig(file string) (*config.Config, error) {
	c, err := config.Load(file)
	if err == nil && c.Limits.MemoryBytes > 0 && c.Limits.MemoryBytes < leastMemory {
		err = mistake(c, "limits.memory", "is less than a module can run in", "write 64KiB or more; a connector in Go needs some 16MiB")
	}
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

func mistake(c *config.Config, path, what, cure string) error {
	return &config.Error{File: c.File, Mistakes: []config.Mistake{{Place: c.PlaceOf(path), Path: path, What: what, Cure: cure}}}
}

// placed puts before every mistake that the contract found in the operator's
// choice the key that made it, and where that stands.
func placed(c *config.Config, err error) error {
	if joined := apart(err); joined != nil {
		all := make([]error, len(joined))
		for i, e := range joined {
			all[i] = placed(c, e)
		}
		return errors.Join(all...)
	}
	e, ok := err.(*abi.Error)
	if !ok {
		return err
	}
	key := keyOf(c, e)
	if key == "" {
		return err
	}
	return fmt.Errorf("%s: %s: %w", c.At(key), key, err)
}

// keyOf is the key that a broken rule of the contract is about; empty for rules
// that the configuration has no part in.
func keyOf(c *config.Config, e *abi.Error) string {
	switch e.Rule {
	case "ECMA-ONE-OBJECT-TYPE":
		return "objectType"
	case "ECMA-ONE-PARTITION":
		return "partition"
	case "ECMA-PASSWORD-NO-WAY":
		return "exportPassword"
	case "ECMA-ANCHOR-LOCKED", "ECMA-ANCHOR-MISSING", "ECMA-ANCHOR-KIND":
		return "anchor"
	case "ECMA-ATTRIBUTE-NOT-IN-TYPE", "ECMA-PROMISE-INVALID":
		if i := slices.Index(c.Promise.Attributes, e.Attribute); i >= 0 {
			return fmt.Sprintf("attributes[%d]", i)
		}
		if e.Attribute != "" && e.Attribute == c.Promise.Anchor {
			return "anchor"
		}
	}
	return ""
}

// checkAccepts finds slots that accept an attribute which the connector has not:
// no placeholder would ever come.
func checkAccepts(c *config.Config, r *host.CheckReport) error {
	t := r.Schema.Type(r.Agreement.ObjectType)
	var errs []error
	for _, target := range c.Targets {
		for i, slot := range target.Slots {
			for j, accepts := range slot.Accepts {
				name, is := strings.CutPrefix(accepts, "attribute:")
				if is && t != nil && t.Attribute(name) == nil {
					errs = append(errs, mistake(c, fmt.Sprintf("targets.%s.slots[%d].accepts[%d]", target.Name, i, j),
						fmt.Sprintf("names %q, which is no attribute of %s", name, t.Name), "ecmabox run schema lists them"))
				}
			}
		}
	}
	return errors.Join(errs...)
}
