package runtime

import (
	"context"

	"github.com/ecmabox/ecmabox/abi"
)

// exportSession is one export run on one instance.
type exportSession struct {
	lease   *lease
	secrets sensitive
	// reported are the results the guest has told one by one in this call, and
	// reportedBytes what they take.
	reported      []abi.CSEntryChangeResult
	reportedBytes int
}

var _ abi.ExportSession = (*exportSession)(nil)

// OpenExportConnection implements abi.Connector.
func (c *rawConnector) OpenExportConnection(ctx context.Context, step abi.OpenExportConnectionRunStep) (abi.ExportSession, error) {
	const op = "OpenExportConnection"
	if !c.report.HasRole(abi.RoleExport) {
		return nil, absentRole(op, abi.RoleExport)
	}
	l, err := c.acquire(ctx, abi.LaneExport, op)
	if err != nil {
		return nil, err
	}
	s := &exportSession{lease: l, secrets: sensitiveAttributes(step.Schema)}
	l.types = abi.NewTypeIndex(step.Schema)
	if step.Parameters, err = l.sealParameters(op, step.Parameters); err == nil {
		err = l.call(ctx, op, &step, &abi.Empty{})
	}
	if err != nil {
		return nil, l.abandon(ctx, err, "CloseExportConnection", &abi.CloseExportConnectionRunStep{Reason: abi.CloseOpenConnectionFailure})
	}
	return s, nil
}

// PutExportEntries implements abi.ExportSession. Entries that cannot be sent
// get their error result and the rest goes on. With an error come the results that
// the connector has told before it.
func (s *exportSession) PutExportEntries(ctx context.Context, entries []abi.CSEntryChange) (abi.PutExportEntriesResults, error) {
	const op = "PutExportEntries"
	send, results, err := s.prepare(op, entries)
	if err != nil || len(send) == 0 {
		return abi.PutExportEntriesResults{Results: results}, err
	}
	s.reported, s.reportedBytes = nil, 0
	s.lease.onResult = s.collect
	var reply abi.PutExportEntriesResults
	err = s.lease.call(ctx, op, &abi.EntriesMessage{Entries: send}, &reply)
	s.lease.onResult = nil
	if code := abi.CodeOf(err); err != nil && code != abi.Cancelled && code != abi.DeadlineExceeded {
		reply.Results = nil // what was read of it before it turned out wrong; stopped, it has all or nothing
	}
	results = append(results, reply.Results...)
	return abi.PutExportEntriesResults{Results: append(results, s.unrepeated(reply.Results)...)}, err
}

// prepare replaces secrets and sorts out what is too large for the guest.
func (s *exportSession) prepare(op string, entries []abi.CSEntryChange) (send []abi.CSEntryChange, refused []abi.CSEntryChangeResult, err error) {
	send = make([]abi.CSEntryChange, 0, len(entries))
	for _, e := range entries {
		sealed, err := s.lease.sealEntry(op, s.secrets, e)
		if err != nil {
			return nil, nil, err
		}
		if size := s.lease.entrySize(&sealed); size > abi.MaxEntryBytes {
			refused = append(refused, entryTooLarge(e.Identifier, size))
			continue
		}
		send = append(send, sealed)
	}
	return send, refused, nil
}

// collect takes a result that the guest reports before it returns. A later one
// for the same entry takes the place of an earlier. All of them together are no more
// than one reply could tell. The decoder has given them text of their own.
func (s *exportSession) collect(result abi.CSEntryChangeResult) error {
	at, bytes := len(s.reported), s.reportedBytes+resultSize(&result)
	for i := range s.reported {
		if s.reported[i].Identifier == result.Identifier {
			at, bytes = i, bytes-resultSize(&s.reported[i])
			break
		}
	}
	switch {
	case at == abi.MaxPageEntries:
		return &abi.Error{Code: abi.LimitExceeded, Limit: "MaxPageEntries", Used: int64(at + 1), Allowed: abi.MaxPageEntries}
	case bytes > abi.MaxMessageBytes:
		return &abi.Error{Code: abi.LimitExceeded, Limit: "MaxMessageBytes", Used: int64(bytes), Allowed: abi.MaxMessageBytes}
	case at == len(s.reported):
		s.reported = append(s.reported, result)
	default:
		s.reported[at] = result
	}
	s.reportedBytes = bytes
	return nil
}

// resultSize is what a result's text takes.
func resultSize(r *abi.CSEntryChangeResult) int {
	n := len(r.Identifier) + len(r.Name) + len(r.Detail)
	for i := range r.Anchor {
		n += len(r.Anchor[i].Name) + r.Anchor[i].Value.Size()
	}
	return n
}

// unrepeated returns the reported results of which the reply says nothing.
func (s *exportSession) unrepeated(reply []abi.CSEntryChangeResult) []abi.CSEntryChangeResult {
	said := make(map[string]bool, len(reply))
	for i := range reply {
		said[reply[i].Identifier] = true
	}
	var rest []abi.CSEntryChangeResult
	for _, r := range s.reported {
		if !said[r.Identifier] {
			rest = append(rest, r)
		}
	}
	return rest
}

// CloseExportConnection implements abi.ExportSession. It heeds its own time
// limit and not the end of ctx. State is kept as at the end of an import.
func (s *exportSession) CloseExportConnection(ctx context.Context, step abi.CloseExportConnectionRunStep) error {
	return s.lease.finish(ctx, "CloseExportConnection", &step, &abi.Empty{}, step.Reason == abi.CloseNormal)
}

// entrySize is how long an entry is as it travels. Only one that may be too
// large is encoded for it: no byte of text takes more than six.
func (l *lease) entrySize(e *abi.CSEntryChange) int {
	if most := 6*textSize(e) + 1024; most <= abi.MaxEntryBytes {
		return most
	}
	w := l.connector.runtime.writer()
	defer l.connector.runtime.giveBack(w)
	abi.Encode(w, e)
	return w.Len()
}

// textSize adds up the text of an entry, with room for what stands around it.
func textSize(e *abi.CSEntryChange) int {
	const around = 16
	n := len(e.Identifier) + len(e.ObjectType) + len(e.DN) + len(e.NewDN)
	for i := range e.Anchor {
		n += len(e.Anchor[i].Name) + e.Anchor[i].Value.Size() + around
	}
	for i := range e.Attributes {
		c := &e.Attributes[i]
		n += len(c.Name) + around
		for _, v := range c.Values {
			n += v.Size() + around
		}
		for _, v := range c.Deletes {
			n += v.Size() + around
		}
	}
	return n
}

func entryTooLarge(identifier string, size int) abi.CSEntryChangeResult {
	failure := abi.Error{Code: abi.LimitExceeded, Limit: "MaxEntryBytes", Used: int64(size), Allowed: abi.MaxEntryBytes}
	return abi.CSEntryChangeResult{Identifier: identifier, Code: abi.ExportErrorInvalidAttributeValue,
		Name: "entry-too-large", Detail: failure.Error()}
}
