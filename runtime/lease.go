package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/internal/logfield"
	"github.com/ecmabox/ecmabox/runtime/snapshot"
)

// lease is one instance and what it can reach, for one configuration call or one
// session. It is the only one that calls and closes the instance; a stop from
// elsewhere is a wish to its stopper.
type lease struct {
	connector *rawConnector
	lane      abi.Lane
	log       zerolog.Logger
	host      abi.HostLease
	stop      *stopper
	time      timeLimit        // of the call that runs
	memory    *snapshot.Memory // nil before there is an instance
	output    output
	clock     guestClock
	fuel      fuel
	pace      pace
	frames    frames
	used      used
	name      string
	answers   answers
	// types are the session's schema, for what host calls carry.
	types *abi.TypeIndex
	// onResult gets each result that the guest reports with export_result.
	onResult func(abi.CSEntryChangeResult) error

	turn     sync.Mutex // held during a call, and while a secret is sealed
	instance instance
	stack    [1]uint64 // of the engine's calls
	buffer   guestBuffer
	starting bool
	// What a host function found, for the call to report.
	hostFailure error
	// failures counts those of the host that the guest was told, by the call.
	failures map[string]int64
	// failed is the first of them in the call that runs that the guest heard of by WASI.
	failed   error
	exitCode *uint32
	// interrupted is why a host call in the call that runs was refused or cut
	// short by a stop: a context's error.
	interrupted error
	// turnedAway is the limit of the run for which a host call was refused in the call
	// that runs.
	turnedAway *abi.Error
	// retired is the failure after which nothing is called on the instance.
	retired *abi.Error
	over    bool
}

// acquire waits for the lane and starts an instance. The error is an *abi.Error.
func (c *rawConnector) acquire(ctx context.Context, lane abi.Lane, op string) (*lease, error) {
	select {
	case c.lanes[lane] <- struct{}{}:
	case <-ctx.Done():
		return nil, stopped(op, ctx.Err(), "while the "+lane.String()+" lane was busy")
	case <-c.closing:
		return nil, closedError(op)
	}
	l := &lease{connector: c, lane: lane}
	l.stop = newStopper(l, c.runtime.config.StopGrace)
	if err := c.enter(l); err != nil {
		<-c.lanes[lane]
		return nil, withOp(err, op)
	}
	if err := l.start(ctx, op); err != nil {
		l.release(ctx, false)
		return nil, err
	}
	return l, nil
}

func (l *lease) start(ctx context.Context, op string) error {
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.over {
		return closedError(op)
	}
	return l.orDrop(func() error { return l.startInTurn(ctx, op) })
}

// startInTurn is start for one who has the turn.
func (l *lease) startInTurn(ctx context.Context, op string) error {
	config := &l.connector.runtime.config
	l.name = l.connector.instanceName(l.lane)
	l.log = l.connector.log.With().Str(logfield.Instance, l.name).Str(logfield.Lane, l.lane.String()).Logger()
	l.fuel.perCall, l.fuel.perRun = config.FuelPerCall, config.FuelPerRun
	l.frames.most, l.frames.budget = int64(config.CallDepth), l.connector.runtime.memory
	l.output = output{log: l.log, left: config.StderrBytes, look: l.unwindIfDue}
	err := l.leaseHost(ctx, op)
	if err != nil {
		return err
	}
	l.time = timeLimit{limitStart, config.StartTimeout, time.Now()}
	l.stop.begin(ctx, config.StartTimeout)
	l.fuel.begin(sliceOf(config.StartTimeout, config.StopGrace).fuel)
	l.used.began = time.Now()
	l.used.begin(&l.used.start)
	l.starting = true
	if err = l.instantiate(); err != nil {
		err = l.fail(op, err)
	} else if err = l.keep(op); err == nil {
		err = l.greet(op)
	}
	l.starting = false
	l.used.end(l.fuel.used(), 0)
	l.stop.end()
	if err == nil {
		err = l.stoppedLate(op)
	}
	if err == nil {
		err = l.overspent(op)
	}
	return err
}

// leaseHost asks the hosts for a lease, who may ask others, and wait for them. Whatever
// comes of that when somebody gave up, or too late, is not built on.
func (l *lease) leaseHost(ctx context.Context, op string) error {
	l.time = timeLimit{limitStart, l.connector.runtime.config.StartTimeout, time.Now()}
	l.stop.begin(ctx, l.time.most)
	host, err := l.connector.hosts.Lease(l.stop.hostContext(), abi.LeaseRequest{Lane: l.lane, Instance: l.name, OnExportResult: l.exportResult})
	if err == nil {
		l.host = host
	}
	gaveUp, late := l.stop.gaveUp(), l.stop.due()
	l.stop.end()
	switch {
	case gaveUp != nil:
		e := stopped(op, gaveUp, "while the hosts gave a lease")
		e.Err = leaseCause(gaveUp, err)
		return e
	case cmp.Or(late, l.stop.Err()) != nil:
		e := l.time.limits(stopped(op, context.DeadlineExceeded, "the hosts gave no lease: "+l.time.passed()))
		e.Side, e.Err = abi.SideHost, leaseCause(context.DeadlineExceeded, err)
		return e
	case err != nil:
		return hostError(op, err)
	case host == nil:
		return &abi.Error{Code: abi.HostFailure, Op: op, Side: abi.SideHost, Message: "the hosts gave neither a lease nor an error: Lease must return one of both"}
	}
	return nil
}

// leaseCause is why there is no lease, with what the hosts said to it, if that is more.
func leaseCause(stop, said error) error {
	switch {
	case said == nil:
		return stop
	case errors.Is(said, stop):
		return said
	}
	return fmt.Errorf("%w: %w", stop, said)
}

// instantiate makes the instance. One that is not of an image is started then: with
// its start section, if it has one, and _initialize.
func (l *lease) instantiate() error {
	c := l.connector
	l.clock.base = c.clock
	if refusal := l.reserveBeside(); refusal != nil {
		return refusal
	}
	if err := c.runtime.engine.instantiate(l); err != nil {
		return err
	}
	l.bind()
	if c.image != nil {
		return nil
	}
	for _, name := range []string{c.plan.Start, abi.ExportInitialize} {
		// A module without a start function may export one with an empty name.
		if name != "" && l.instance.exports(name) {
			if err := l.run(name, nil); err != nil {
				return err
			}
			l.cameBack()
		}
	}
	return nil
}

// reserveBeside takes out of the budget what the engine has of an instance outside of its
// memory: what besideBytes counts, and the stack that it begins with.
func (l *lease) reserveBeside() *snapshot.Refusal {
	refusal := l.frames.take(l.connector.besideBytes)
	if refusal == nil && l.connector.frames > 0 {
		refusal = l.frames.reserve(l.connector.frames)
	}
	return refusal
}

// keep takes the image of the first instance, while the module is loaded.
func (l *lease) keep(op string) error {
	c := l.connector
	if c.image != nil || c.plan.Obstacle != "" {
		return nil
	}
	image, err := l.instance.capture(c.plan)
	switch {
	case err != nil && l.stop.Err() != nil:
		return l.fail(op, err)
	case err != nil:
		return l.retire(hostError(op, err))
	}
	c.image, c.plan, c.clock = image, nil, l.clock.last
	return nil
}

// greet exchanges feature bits.
func (l *lease) greet(op string) error {
	features, err := l.invoke(abi.ExportMarker, abi.Features)
	if err != nil {
		return l.fail(op, err)
	}
	if unknown := features &^ abi.Features; unknown != 0 {
		return l.retire(&abi.Error{Code: abi.InvalidModule, Op: op, Side: abi.SideGuest, Rule: RuleFeatures,
			Message: fmt.Sprintf("the connector asks for the features %#x, this host offers %#x: run it on a newer host", unknown, abi.Features)})
	}
	return nil
}

// retire gives the instance up for a failure and returns that failure. The
// caller holds turn.
func (l *lease) retire(failure *abi.Error) error {
	if l.retired == nil {
		l.blame(failure)
		l.retired = failure
		l.log.Warn().Str(logfield.Call, failure.Op).Stringer(logfield.Code, failure.Code).
			Str(logfield.Rule, failure.Rule).Str(logfield.Limit, failure.Limit).Msg("instance retired")
		l.dispose(false)
	}
	return failure
}

// orDrop runs what calls code that is not ours, and ends the lease when that panics: an
// embedder may recover, as net/http does, and the lane, the memory and the place in the
// connector would be gone for good. The caller holds turn.
func (l *lease) orDrop(run func() error) error {
	var returned bool
	defer func() {
		if !returned {
			l.stop.end()
			l.dispose(false)
		}
	}()
	err := run()
	returned = true
	return err
}

// release ends the lease; with commit what the guest put into its state is kept.
// It may be called twice.
func (l *lease) release(ctx context.Context, commit bool) error {
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.over {
		return nil
	}
	return l.dispose(commit)
}

// dispose closes everything, once. The caller holds turn. Each step is deferred, the last
// of them first: some call code of the embedder's, which may panic or end the goroutine,
// and all the others are taken then, too. A panic is in the error, and in the log.
func (l *lease) dispose(commit bool) (err error) {
	if l.over {
		return nil
	}
	l.over = true
	var errs []error
	step := func(what string, run func() error) { errs = append(errs, l.try(what, run)) }
	defer func() {
		l.connector.leave(l)
		<-l.connector.lanes[l.lane]
		err = errors.Join(errs...)
	}()
	defer step("HostLease.Close", func() error { return l.closeHost(commit && errors.Join(errs...) == nil) })
	defer step("the log", l.tellFailures)
	defer step("the log", func() error { l.output.flush(); return nil })
	defer step("the instance", l.free)
	l.tell()
	return nil
}

// free gives back what the lease has of memory.
func (l *lease) free() error {
	var err error
	if l.instance != nil {
		l.settle()
		err = l.instance.close()
		l.instance = nil
	}
	l.dropAnswers()
	l.frames.free()
	if l.memory != nil {
		l.memory.Free()
	}
	return err
}

// closeHost ends the host's lease, if there is one.
func (l *lease) closeHost(commit bool) error {
	if l.host == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.connector.runtime.config.CloseTimeout)
	defer cancel()
	return l.host.Close(ctx, commit)
}

// tell calls OnRelease. A panic in it changes nothing.
func (l *lease) tell() {
	tell := l.connector.runtime.config.OnRelease
	if tell == nil || l.used.began.IsZero() {
		return
	}
	// It is in the log.
	_ = l.try("OnRelease", func() error { tell(l.usage()); return nil })
}

// try runs what calls code of the embedder's: a panic in it, which must not keep what
// the lease has, nor end a process that shuts down, is an error, and logged, for some
// have no use for errors.
func (l *lease) try(what string, run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = hostError("", fmt.Errorf("%s: panic: %v", what, r))
			l.logPanic(what, err)
		}
	}()
	if err := run(); err != nil {
		return hostError("", err)
	}
	return nil
}

// logPanic logs the error that was made of a panic. The log may be what panics.
func (l *lease) logPanic(what string, err error) {
	defer func() { _ = recover() }()
	l.log.Error().Err(err).Stringer(logfield.Code, abi.HostFailure).Msg(what + " panicked")
}

// shutDown ends the lease although its session is open: at once if no call runs,
// else when the call has been stopped.
func (l *lease) shutDown() error {
	l.stop.shutDown()
	l.turn.Lock()
	defer l.turn.Unlock()
	if l.retired == nil {
		l.retired = closedError("")
	}
	return l.dispose(false)
}

func (l *lease) exportResult(result abi.CSEntryChangeResult) error {
	if l.onResult == nil {
		return abi.NewError(abi.NotOffered, "no export is under way")
	}
	return l.onResult(result)
}
