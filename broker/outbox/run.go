package outbox

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/broker"
)

const (
	claimBatch   = 64                     // deliveries per claim
	maxWaiting   = 1024                   // deliveries that are claimed and not begun
	maxPatience  = 5 * time.Second        // how long one waits in its lane when there is not much room left
	lookAgain    = 250 * time.Millisecond // how often lanes in which something waits are looked after
	lookSoon     = 20 * time.Millisecond  // the same when there is not much room left
	lookAround   = time.Minute            // how often the store is looked at without reason: other nodes do not wake this one
	shortestWait = 10 * time.Millisecond  // so that clocks that disagree a little make no hot loop
)

// Run makes the calls that are due until ctx ends; wake says that there are new ones. Then it gives back what waits, grants running
// calls the grace and returns when they are over; those that had to be cut off are left to their lease.
func (o *Outbox) Run(ctx context.Context, wake broker.Signal) {
	calls, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	r := &run{
		Outbox: o, calls: calls,
		crews:   crews{fast: crew{workers: o.cfg.Workers}, slow: crew{workers: o.cfg.SlowWorkers}},
		lanes:   make(map[broker.Receiver]*lane),
		ended:   make(chan ended, o.cfg.Workers),
		changed: make(broker.Signal, 1),
		trouble: broker.Setbacks{Log: o.cfg.Log, Over: "callbacks are made again", First: time.Second, Last: time.Minute},
	}
	for ctx.Err() == nil {
		r.await(ctx, wake, r.round(ctx))
	}
	defer time.AfterFunc(o.cfg.Grace, abandon).Stop()
	r.finish()
}

// run is the state of one Run. Calls run in goroutines of their own, which touch its channels and its WaitGroup only.
type run struct {
	*Outbox
	calls   context.Context // of the calls: ends when the grace is over
	crews   crews
	lanes   map[broker.Receiver]*lane
	waiting int
	ended   chan ended     // calls that are over
	changed broker.Signal  // a report may have changed what is due next
	reports sync.WaitGroup // calls and reports that are not over
	looked  time.Time      // when the lanes were last looked after

	paused paused

	trouble broker.Setbacks // of the store
	resume  time.Time       // until then nothing is claimed
}

// paused are receivers of which the store says that they are left alone from now on.
type paused struct {
	mu  sync.Mutex
	all []broker.Receiver // guarded by mu
}

func (p *paused) add(r broker.Receiver) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, r)
}

func (p *paused) take() (all []broker.Receiver) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, p.all = p.all, nil
	return all
}

// leftAlone collects what waits for receivers that are left alone now: the next claim will put it off.
func (r *run) leftAlone() (all []aside) {
	now := r.cfg.Now()
	for _, to := range r.paused.take() {
		if l, known := r.lanes[to]; known {
			all = append(all, l.emptied(now)...)
		}
	}
	r.waiting -= len(all)
	return all
}

// ended is a call that is over.
type ended struct {
	call *call
	ok   bool          // it was taken
	took time.Duration // without the time until Run hears of it, which says nothing about the receiver
}

// round claims what is due, puts aside what would wait too long and begins what can begin. It returns how long there is
// nothing more to do, unless a call ends or there is a wake.
func (r *run) round(ctx context.Context) time.Duration {
	r.giveBack(ctx, r.leftAlone())
	more := r.claim(ctx)
	r.giveBack(ctx, r.lookAfter())
	r.begin()
	if more {
		return 0
	}
	return r.rest(ctx)
}

// claim claims what is due; more is true when there may be more that can be claimed now.
func (r *run) claim(ctx context.Context) (more bool) {
	if !r.mayClaim() {
		return false
	}
	all, more, err := r.cfg.Deliveries.Claim(ctx, r.cfg.Lease, claimBatch)
	r.store(ctx, err)
	for _, d := range all {
		r.admit(d)
	}
	return more
}

func (r *run) mayClaim() bool {
	return r.crews.fast.free() && r.waiting <= maxWaiting-claimBatch && !r.cfg.Now().Before(r.resume)
}

func (r *run) admit(d broker.Claimed) {
	to := d.Receiver()
	l, known := r.lanes[to]
	if !known {
		l = newLane(to, r.cfg.PerDestination)
		r.lanes[to] = l
	}
	if len(l.running) == 0 {
		l.suspect = d.Suspect // the store has learnt of other nodes; a running call will tell what is newer
	}
	l.waiting = append(l.waiting, d)
	r.waiting++
	r.crews.enqueue(l)
}

// begin begins calls while there are workers.
func (r *run) begin() {
	now := r.cfg.Now()
	r.crews.handOver(now)
	for {
		c, ok := r.crews.next(now)
		if !ok {
			return
		}
		r.waiting--
		r.reports.Go(func() { r.deliver(c) })
	}
}

// deliver makes a call and reports on it. The report takes no worker: however slow the store is, it says nothing about the
// endpoint, and reports that come together share a commit.
func (r *run) deliver(c *call) {
	is := r.attempt(r.calls, c.delivery.Delivery)
	r.ended <- ended{c, is.taken(), is.took}
	if r.report(context.WithoutCancel(r.calls), c.delivery, is) {
		r.paused.add(c.lane.receiver)
	}
	r.changed.Set()
}

// short reports whether there is not much room left for what is claimed.
func (r *run) short() bool { return r.waiting > maxWaiting/2 }

// lookAfter collects from the lanes what is to be put aside, and forgets lanes that are idle.
func (r *run) lookAfter() (all []aside) {
	now, often := r.cfg.Now(), lookAgain
	if r.short() {
		often = lookSoon
	}
	if now.Sub(r.looked) < often {
		return nil
	}
	r.looked = now
	short, patience := r.short(), min(maxPatience, (r.cfg.Lease-r.cfg.Timeout)/2)
	for to, l := range r.lanes {
		if l.idle(now) {
			delete(r.lanes, to)
			continue
		}
		all = append(all, l.stale(now, r.cfg.Timeout)...)
		if short {
			all = append(all, l.excess(now, patience)...)
		}
	}
	r.waiting -= len(all)
	return all
}

// giveBack returns claimed deliveries that were not begun to the store. Should that fail, their lease does it.
func (r *run) giveBack(ctx context.Context, all []aside) {
	if len(all) == 0 {
		return
	}
	var team errgroup.Group
	team.SetLimit(claimBatch) // the store makes one commit of reports that come together
	for _, one := range all {
		team.Go(func() error {
			return r.cfg.Deliveries.GiveBack(ctx, one.delivery, one.until)
		})
	}
	r.store(ctx, team.Wait())
}

// rest is how long until something is due.
func (r *run) rest(ctx context.Context) time.Duration {
	now, rest := r.cfg.Now(), lookAround
	if r.waiting > 0 {
		rest = lookAgain
	}
	if at, ok := r.crews.nextHandOver(); ok {
		rest = min(rest, max(at.Sub(now), shortestWait))
	}
	if pause := r.resume.Sub(now); pause > 0 {
		return min(rest, pause)
	}
	if !r.mayClaim() {
		return rest
	}
	due, err := r.cfg.Deliveries.Next(ctx)
	r.store(ctx, err)
	if err == nil && !due.IsZero() {
		rest = min(rest, max(due.Sub(now), shortestWait))
	}
	return rest
}

// store notes whether the store works. A failure is logged when it begins and when it is over; meanwhile claims pause, ever longer.
func (r *run) store(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err == nil:
		r.trouble.Worked()
	default:
		r.resume = r.cfg.Now().Add(r.trouble.Failed("callbacks that are due cannot be read or put aside", err))
	}
}

func (r *run) await(ctx context.Context, wake broker.Signal, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case e := <-r.ended:
		r.crews.end(e.call, e.took, e.ok)
	case <-r.changed:
	case <-wake:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// finish gives back what waits and awaits the running calls and their reports.
func (r *run) finish() {
	now := r.cfg.Now()
	var all []aside
	for _, l := range r.lanes {
		all = append(all, l.emptied(now)...)
	}
	r.giveBack(context.WithoutCancel(r.calls), all)
	go func() { r.reports.Wait(); close(r.ended) }()
	for range r.ended { // so that no call waits to say that it is over
	}
}
