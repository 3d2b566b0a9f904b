package contract

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi"
)

// CheckPartitions checks the list that GetPartitions returned. The error joins
// the first ten mistakes and says how many more there are.
func CheckPartitions(partitions []abi.Partition) error {
	fail := func(code string, p abi.Partition, format string, args ...any) error {
		return violation("GetPartitions", code, place{DN: p.DN}, format, args...)
	}
	if len(partitions) == 0 {
		return fail(rulePartitionNone, abi.Partition{}, "there is no partition; leave SupportPartitions off if the target has none")
	}
	if len(partitions) > abi.MaxPartitions {
		return fail(rulePartitionDuplicate, abi.Partition{}, "there are %d partitions; at most %d are allowed", len(partitions), abi.MaxPartitions)
	}
	bytes := 0
	for _, p := range partitions {
		bytes += len(p.Identifier) + len(p.DN) + len(p.Name)
	}
	if bytes > abi.MaxPartitionBytes {
		return fail(rulePartitionDuplicate, abi.Partition{}, "the partitions take %d bytes together; at most %d are allowed", bytes, abi.MaxPartitionBytes)
	}
	var m mistakes
	seen := make(map[string]bool, 2*len(partitions))
	for _, p := range partitions {
		dn, ok := normalizeDN(nil, p.DN)
		switch {
		case !isGUID(p.Identifier):
			m.add(fail(rulePartitionInvalid, p, "its identifier %s is no GUID", quoted(p.Identifier)))
		case !ok || p.DN == "":
			m.add(fail(rulePartitionInvalid, p, "its DN is none by RFC 4514, or one of its RDNs has more than %d parts", maxParts))
		case p.Name != "" && badName(p.Name) != "":
			m.add(fail(rulePartitionInvalid, p, "its name %s", badName(p.Name)))
		}
		identifier := strings.ToLower(p.Identifier)
		if seen["id "+identifier] || seen["dn "+string(dn)] {
			m.add(fail(rulePartitionDuplicate, p, "another partition has the same identifier or DN"))
		}
		seen["id "+identifier], seen["dn "+string(dn)] = true, true
	}
	return m.err()
}

// isGUID reports whether s is a GUID in its 36-character form.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return false
		}
	}
	return true
}

// choosePartition returns the promised one of the partitions.
func choosePartition(p Promise, partitions []abi.Partition) (abi.Partition, error) {
	var found []abi.Partition
	names := make([]string, 0, len(partitions))
	dn, isDN := normalizeDN(nil, p.Partition)
	for _, candidate := range partitions {
		name := candidate.Name
		if name == "" {
			name = candidate.DN
		}
		names = append(names, name)
		other, _ := normalizeDN(nil, candidate.DN)
		if p.Partition == "" || p.Partition == candidate.Name || p.Partition == candidate.DN ||
			strings.EqualFold(p.Partition, candidate.Identifier) || isDN && string(dn) == string(other) {
			found = append(found, candidate)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case p.Partition == "":
		return abi.Partition{}, violation("GetPartitions", ruleOnePartition, place{}, "there are %d partitions; choose one of %s", len(partitions), choices(names))
	case len(found) > 1:
		return abi.Partition{}, violation("GetPartitions", ruleOnePartition, place{}, "%d partitions are called %s; choose one by its DN", len(found), quoted(p.Partition))
	}
	return abi.Partition{}, violation("GetPartitions", ruleOnePartition, place{}, "there is no partition %s; choose one of %s", quoted(p.Partition), choices(names))
}
