// Package peer says what is measured of each peer.
package peer

import (
	"context"

	"github.com/ecmabox/ecmabox/testdata/bench/workload"
)

// Peer is one way to call a connector, started and warm. It serves one caller.
type Peer interface {
	// Echo sends data and returns what came back, in memory of the caller's.
	Echo(ctx context.Context, data []byte) ([]byte, error)
	// Page returns the next page, decoded into the peer's own types. The anchors
	// are counted from 0 and never come twice, unless a new run has begun after
	// workload.Users of them.
	Page(ctx context.Context) (Page, error)
	// Close ends it.
	Close(ctx context.Context) error
}

// Importer is a Peer whose connectors can speak HTTP.
type Importer interface {
	// Import reads the directory at url and counts the users that arrived.
	Import(ctx context.Context, url string) (users int, err error)
}

// Page is a decoded page, of whatever type. At translates one entry, for tests to
// compare.
type Page struct {
	Entries int
	At      func(i int) workload.Entry
}
