package want

// tree holds paths with the steps that they share, so that one pass over an
// object serves all of them.
type tree struct {
	root node
	// lists says of each slot whether its path finds a list.
	lists []bool
	// filters counts the filters, each of which has a number.
	filters int
}

// node is a place that a path, or the beginning of one, leads to.
type node struct {
	// wanted: what stands here goes into slot.
	wanted bool
	slot   int
	// opens are the slots whose lists begin in the step that leads here.
	opens   []int
	names   map[string]*node
	indexes map[int]*node
	each    *node
	members *node
	filters []filter
}

// filter leads to those elements of a list for which a condition holds.
type filter struct {
	text   string
	cond   *condition
	number int
	then   *node
}

// add adds a path and returns its slot.
func (t *tree) add(p path) int {
	at, list := &t.root, false
	var begins *node
	for i := range p.steps {
		s := &p.steps[i]
		at = t.child(at, s)
		if s.many() && !list {
			list, begins = true, at
		}
	}
	if at.wanted {
		return at.slot
	}
	at.wanted, at.slot = true, len(t.lists)
	t.lists = append(t.lists, list)
	if list {
		begins.opens = append(begins.opens, at.slot)
	}
	return at.slot
}

// child returns the node that a step leads to.
func (t *tree) child(at *node, s *step) *node {
	switch s.kind {
	case each:
		return made(&at.each)
	case members:
		return made(&at.members)
	case where:
		return t.filter(at, s)
	}
	return at.named(s)
}

func made(n **node) *node {
	if *n == nil {
		*n = &node{}
	}
	return *n
}

func (t *tree) filter(at *node, s *step) *node {
	for i := range at.filters {
		if at.filters[i].text == s.text {
			return at.filters[i].then
		}
	}
	f := filter{s.text, s.cond, t.filters, &node{}}
	t.filters++
	at.filters = append(at.filters, f)
	return f.then
}

// named returns the node of a name. One that is made of digits is an index, too.
func (n *node) named(s *step) *node {
	if n.names == nil {
		n.names = make(map[string]*node)
	}
	if n.names[s.name] == nil {
		n.names[s.name] = &node{}
	}
	if s.index >= 0 {
		if n.indexes == nil {
			n.indexes = make(map[int]*node)
		}
		n.indexes[s.index] = n.names[s.name]
	}
	return n.names[s.name]
}
