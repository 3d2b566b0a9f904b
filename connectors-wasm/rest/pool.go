package rest

// pool hands out parts of one large piece of memory, which is used again for the next
// page. It costs a guest dear to collect garbage.
type pool[T any] struct {
	items []T
	// used counts what larger pieces that are full hold.
	used int
}

// leastPiece is how much is made room for at once.
const leastPiece = 1024

// room has place for n more. What was handed out stays where it is.
func (p *pool[T]) room(n int) {
	if cap(p.items)-len(p.items) < n {
		p.used += len(p.items)
		p.items = make([]T, 0, max(leastPiece, n, p.used))
	}
}

// next adds an item, which is zero, and returns it. There must be room.
func (p *pool[T]) next() *T {
	n := len(p.items)
	p.items = p.items[:n+1]
	return &p.items[n]
}

// since returns what was added behind the first n.
func (p *pool[T]) since(n int) []T { return p.items[n:len(p.items):len(p.items)] }

// reset has the memory be used again, in one piece. What was handed out is gone.
func (p *pool[T]) reset() {
	if p.used > 0 {
		p.items, p.used = make([]T, 0, p.used+cap(p.items)), 0
		return
	}
	clear(p.items)
	p.items = p.items[:0]
}
