package hostfuncs

// carrier holds what one request carries of passing secrets, try after try. One
// goroutine uses it at a time; nil is one that holds nothing.
type carrier struct {
	of  *redaction
	now *load
}

// load is what one try carries. It is held until its answer was looked through, and the
// answers of all tries that began while it was under way: a target may show what it was
// just sent by another. So of n requests under way at most some n² loads are held.
type load struct {
	secrets []string
	beside  []*load // those that were under way when it began
	users   int     // itself while under way, and those that it is beside
}

// begin begins a try, and ends the one before.
func (c *carrier) begin() {
	if c == nil {
		return
	}
	r := c.of
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.loads == nil {
		r.loads = map[*load]struct{}{}
	}
	next := &load{users: 1}
	for other := range r.loads {
		other.users++
		next.beside = append(next.beside, other)
	}
	r.loads[next] = struct{}{}
	r.unload(c.now)
	c.now = next
}

// add adds a secret to what the try carries.
func (c *carrier) add(secret string) {
	if c == nil {
		return
	}
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.now.secrets = append(c.now.secrets, secret)
	c.of.use(secret)
}

// end ends the last try: its answer was looked through, or nobody looks at it.
func (c *carrier) end() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.unload(c.now)
	c.now = nil
}

func (r *redaction) unload(ended *load) {
	if ended == nil {
		return
	}
	delete(r.loads, ended)
	for _, l := range append(ended.beside, ended) {
		if l.users--; l.users > 0 {
			continue
		}
		for _, secret := range l.secrets {
			r.unuse(secret)
		}
		l.secrets = nil
	}
	ended.beside = nil
}
