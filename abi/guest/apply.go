package guest

import (
	"slices"

	"github.com/ecmabox/ecmabox/abi"
)

// Apply returns the values of an attribute after a change to it; nil changes
// nothing. It is for targets that take all values at once: read them, apply,
// write them back. A value is there once, however often it is added.
func Apply(values []abi.Value, change *abi.AttributeChange) []abi.Value {
	if change == nil {
		return values
	}
	var after []abi.Value
	if change.Modification != abi.AttributeReplace && change.Modification != abi.AttributeDelete {
		for _, v := range values {
			if !slices.Contains(change.Deletes, v) {
				after = append(after, v)
			}
		}
	}
	for _, v := range change.Values {
		if !slices.Contains(after, v) {
			after = append(after, v)
		}
	}
	return after
}
