package hostfuncs

// carrier holds what one request carries of passing secrets, try after try. One
// goroutine uses it at a time; nil is one that holds nothing.
type carrier struct {
	of    *redaction
	now   *load
	stood *load // of the try whose answer stands so far, which may be that of now
}

// load is what one try carries. It is held until its answer was looked through, and the
// answers of all tries that began while it was under way: a target may show what it was
// just sent by another. An answer stands, and is looked through in the end, when nothing
// comes of the tries behind it. So of n requests under way at most some 4n² loads are held.
type load struct {
	secrets []string
	beside  []*load // those that were under way when it began
	users   int     // itself while under way, and those that it is beside
}

// begin begins a try, and ends the one before unless its answer stands.
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
	if c.now != c.stood {
		r.unload(c.now)
	}
	c.now = next
}

// stand notes that the answer of the try under way stands, and no answer before.
func (c *carrier) stand() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.stood != c.now {
		c.of.unload(c.stood)
		c.stood = c.now
	}
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

// end ends the last try, and the one whose answer stands: that was looked through, or
// nobody looks at it.
func (c *carrier) end() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.of.unload(c.now); c.stood != c.now {
		c.of.unload(c.stood)
	}
	c.now, c.stood = nil, nil
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
