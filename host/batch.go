package host

import (
	"strings"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

const (
	// batchRoom is what the list around the entries takes, generously.
	batchRoom = 4 << 10
	// placeholderRoom is the most a placeholder takes that is sent in place of a
	// short secret, generously.
	placeholderRoom = 256
)

// batch returns how many of items go together, at least one: up to the batch size
// and what a message may take, no object twice. Items that are not sent, because
// they are about a password alone, count for nothing but their object. A dry run
// sends items one by one, so that the failure of one, which cannot be avoided,
// keeps no other from being shown.
func (e *exportRun) batch(items []*item, password bool) int {
	if e.dry() {
		return 1
	}
	seen := make(map[string]bool)
	sent, room := 0, abi.MaxMessageBytes-batchRoom
	for n, i := range items {
		names := i.objects(e.settled.agreement)
		for _, name := range names {
			if seen[name] {
				return n
			}
		}
		for _, name := range names {
			seen[name] = true
		}
		if i.onlyPassword() && !password {
			continue
		}
		room -= e.bytes(i, password)
		if n > 0 && (sent == e.settled.agreement.ExportBatchSize || room < 0) {
			return n
		}
		sent++
	}
	return len(items)
}

// bytes is the most an item takes in a message.
func (e *exportRun) bytes(i *item, password bool) int {
	entry := e.outgoing(i, password)
	e.size.Reset()
	abi.Encode(&e.size, &entry)
	n := e.size.Len() + 1
	clear(e.size.Bytes())
	for _, c := range entry.Attributes {
		if a := e.settled.agreement.ExportSchema.Types[0].Attribute(c.Name); a != nil && a.Sensitive {
			n += placeholderRoom * (len(c.Values) + len(c.Deletes))
		}
	}
	return n
}

// objects are the names an item's object has, before and after the change; none
// for one that the target is yet to name. Letter case makes no difference: it may
// make none to the target, and at worst a batch is shorter than it could be.
func (i *item) objects(a *contract.Agreement) []string {
	var names []string
	for _, anchor := range [][]abi.AnchorAttribute{i.anchor(a), i.entry.Anchor} {
		if len(anchor) > 0 {
			names = append(names, "anchor "+strings.ToLower(anchor[0].Value.Text()))
		}
	}
	for _, dn := range []string{i.entry.DN, i.entry.NewDN} {
		if dn != "" {
			names = append(names, "dn "+strings.ToLower(dn))
		}
	}
	return names
}

// wait remembers the items that more is to happen to.
func (e *exportRun) wait(items []*item) {
	for _, i := range items {
		if !e.unfinished(i) {
			continue
		}
		for _, name := range i.objects(e.settled.agreement) {
			e.waiting[name] = append(e.waiting[name], i)
		}
	}
}

// earlier returns, in their order, the items that still wait and are about objects
// of the items given, and forgets that they do: they are to be finished now.
func (e *exportRun) earlier(items []*item) []*item {
	var all []*item
	there := make(map[*item]bool)
	for _, i := range items {
		for _, name := range i.objects(e.settled.agreement) {
			for _, before := range e.waiting[name] {
				if e.unfinished(before) && !there[before] {
					there[before] = true
					all = append(all, before)
				}
			}
			delete(e.waiting, name)
		}
	}
	return all
}
