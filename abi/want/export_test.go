package want

import "context"

// MaxDepth is maxDepth, and MaxNumber maxNumber.
const (
	MaxDepth  = maxDepth
	MaxNumber = maxNumber
)

// ReadCounted is Read, which tells how much work it took.
func (p *Plan) ReadCounted(ctx context.Context, body string, most int) (string, int64, error) {
	d := p.reading(ctx, body, most)
	text, err := d.read(body)
	return text, d.work, err
}
