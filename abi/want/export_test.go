package want

// MaxDepth is maxDepth.
const MaxDepth = maxDepth

// ReadCounted is Read, which tells how much work it took.
func (p *Plan) ReadCounted(body string, most int) (string, int64, error) {
	d := p.reading(body, most)
	text, err := d.read(body)
	return text, d.work, err
}
