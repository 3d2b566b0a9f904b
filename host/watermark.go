package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/ecmabox/ecmabox/abi"
)

// Watermark is where the next delta import begins, and what it belongs to: with
// another connector, object type or partition it would mean something else.
type Watermark struct {
	Connector  string    `json:"connector"`
	ObjectType string    `json:"objectType"`
	Partition  string    `json:"partition"`
	Kept       time.Time `json:"kept"`
	// CustomData is the connector's own; nobody else reads it.
	CustomData string `json:"customData"`
}

// ErrForeignWatermark: the watermark belongs to another connector, object type or
// partition.
var ErrForeignWatermark = errors.New("the watermark is another's")

// maxWatermarkFile is what MaxCustomData takes in JSON, with room to spare.
const maxWatermarkFile = 8 * abi.MaxCustomData

// ReadWatermark reads the file of a watermark; fs.ErrNotExist if there is none.
func ReadWatermark(path string) (*Watermark, error) {
	data, err := readLimited(path, maxWatermarkFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var w Watermark
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		err = d.Decode(&w)
	}
	if err != nil {
		return nil, fmt.Errorf("watermark: %s: %w; delete it and run a full import", path, err)
	}
	return &w, nil
}

// Write puts the watermark in place of what the file held, whole or not at all.
func (w *Watermark) Write(path string) error {
	data, err := json.MarshalIndent(w, "", "  ")
	if err == nil {
		err = replaceFile(path, append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("watermark: %w", err)
	}
	return nil
}

// belongs says how a watermark differs from what a run is about, or nothing.
func (w *Watermark) belongs(other *Watermark) error {
	for _, f := range []struct{ what, have, want string }{
		{"connector", w.Connector, other.Connector}, {"object type", w.ObjectType, other.ObjectType}, {"partition", w.Partition, other.Partition},
	} {
		if f.have != f.want {
			return fmt.Errorf("%w: it belongs to the %s %q, and this run is about %q; use a file of its own for each, or delete it and run a full import", ErrForeignWatermark, f.what, f.have, f.want)
		}
	}
	return nil
}
