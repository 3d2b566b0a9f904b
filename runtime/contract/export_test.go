package contract

import "context"

// HoldAsking runs f while nobody else can ask the connector.
func (c *Connector) HoldAsking(f func()) error {
	release, err := c.ask(context.Background())
	if err != nil {
		return err
	}
	defer release()
	f()
	return nil
}

// NormalizeDN returns the normal form of a DN and whether it is one.
func NormalizeDN(dn string) (string, bool) {
	normal, ok := normalizeDN(nil, dn)
	return string(normal), ok
}

// InPartition compares DNs that are not normalized yet.
func InPartition(dn, partition string) bool {
	a, _ := normalizeDN(nil, dn)
	b, _ := normalizeDN(nil, partition)
	return inPartition(a, b)
}

// Remembers reports whether a session holds what it remembers of its objects.
func Remembers(s *ImportSession) bool { return s.run.seen != nil }
