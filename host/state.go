package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"sync"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/hostfuncs"
)

// maxStateFile is what MaxStateBytes takes in base64, with room to spare.
const maxStateFile = 4 * abi.MaxStateBytes

// FileState keeps a connector's state in a file, as JSON: key to base64. When two
// processes save, the later one wins.
type FileState struct {
	path string
}

var _ hostfuncs.StateStore = (*FileState)(nil)

// NewFileState returns the state kept in the file at path, which the first Save
// makes.
func NewFileState(path string) *FileState { return &FileState{path: path} }

// Load returns everything that is kept.
func (s *FileState) Load(context.Context) (map[string][]byte, error) {
	state := make(map[string][]byte)
	data, err := readLimited(s.path, maxStateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return state, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &state)
	}
	if err != nil {
		return nil, fmt.Errorf("state: %s: %w; put back a copy, or delete it to begin anew", s.path, err)
	}
	return state, nil
}

// Save replaces everything, all or nothing.
func (s *FileState) Save(_ context.Context, state map[string][]byte) error {
	data, err := json.Marshal(state)
	if err == nil {
		err = replaceFile(s.path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// readLimited reads a file of at most most bytes.
func readLimited(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("it is larger than %d bytes", most)
	}
	return data, err
}

// dryState begins with what is kept and keeps changes to itself.
type dryState struct {
	kept hostfuncs.StateStore

	mu      sync.Mutex
	changed map[string][]byte // nil until the first Save
}

// Load returns what was saved, or what is kept.
func (s *dryState) Load(ctx context.Context) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		return s.kept.Load(ctx)
	}
	return maps.Clone(s.changed), nil
}

// Save forgets with the dry run.
func (s *dryState) Save(_ context.Context, state map[string][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = make(map[string][]byte, len(state))
	maps.Copy(s.changed, state)
	return nil
}
