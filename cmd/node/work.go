package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vierkant/vierkant/broker/postgres"
)

// lookAround is how often a node that shares a database looks for what it was not told.
const lookAround = 10 * time.Second

// work starts the background workers.
func (n *Node) work() {
	ctx, stop := context.WithCancel(context.Background())
	n.stopWork = stop
	for _, run := range n.tasks() {
		n.workers.Go(func() { run(ctx) })
	}
}

// tasks are what runs in the background until its context ends.
func (n *Node) tasks() []func(context.Context) {
	tasks := []func(context.Context){n.watchStore, n.keepCertificate}
	if n.cfg.Foreground {
		return tasks
	}
	tasks = append(tasks,
		func(ctx context.Context) { n.signer.Run(ctx, n.Broker.EventsWritten) },
		func(ctx context.Context) { n.outbox.Run(ctx, n.Broker.DeliveriesOwed) },
		func(ctx context.Context) { n.sweeper.Run(ctx, n.moved) },
		func(ctx context.Context) { n.keycare.Run(ctx, n.Broker.Destinations.RetireKey) },
		n.Mails.Run, n.Figures.Run, n.keepKeys, n.doChores,
		n.complaining(n.Broker.Polls.Run, "what addressees found by polling cannot be written; it is tried again"),
		n.complaining(n.Broker.ClientUses.Run, "when API clients were used cannot be written; it is tried again"),
		n.complaining(n.witness.Run, "what clients did for the first time cannot be noted; it is noted when they do it again"),
	)
	if n.store.hints != nil {
		tasks = append(tasks, n.listen, n.lookAround)
	}
	return tasks
}

// chore is what is to be done now and then, and nobody waits for. What is refused because its time is over is refused at once; a chore removes it, or
// lets lists show it.
type chore struct {
	what string // cannot be written, when it fails
	do   func(context.Context) error
}

func (n *Node) chores() []chore {
	return []chore{
		{"that proposals expired", n.Accounts.ExpireProposals},
		{"that drafts ran out", n.Publication.ForgetSketches},
		{"that invitations ran out", n.Accounts.ExpireInvitations},
		{"that sessions are over", n.Accounts.ForgetSessions},
		{"that attempts to sign in are over", n.signIn.Forget},
		{"that secrets of API clients end", n.Broker.Clients.Warn},
		{"that old callbacks are forgotten", n.forgetCallbacks},
		{"that old requests are forgotten", n.Broker.ForgetReceipts},
	}
}

// doChores does them every hour, one after the other: they have time, and requests have not.
func (n *Node) doChores(ctx context.Context) {
	every(ctx, time.Hour, func() {
		for _, c := range n.chores() {
			n.complain(ctx, c.what+" cannot be written; it is tried again", c.do(ctx))
		}
	})
}

// complaining is a worker that tells of its failures.
func (n *Node) complaining(run func(context.Context, func(error)), what string) func(context.Context) {
	return func(ctx context.Context) {
		run(ctx, func(err error) { n.complain(ctx, what, err) })
	}
}

// keepKeys makes the next keys that are missing and looks for what another node or an operator rotated, every minute. It does
// not begin at once: making keys takes seconds of a core that the first callers want.
func (n *Node) keepKeys(ctx context.Context) {
	every(ctx, time.Minute, func() {
		n.complain(ctx, "keys of the broker", n.keyring.Prepare(ctx))
	})
}

// listen wakes this node's workers when another node wrote something for them.
func (n *Node) listen(ctx context.Context) {
	for hint := range n.store.hints(ctx) {
		n.follow(ctx, hint)
	}
}

// lookAround finds what a lost hint would have told.
func (n *Node) lookAround(ctx context.Context) {
	every(ctx, lookAround, func() {
		n.follow(ctx, postgres.EventsWritten|postgres.DeliveriesOwed|postgres.RoutesChanged|postgres.EntriesChanged)
	})
}

func (n *Node) follow(ctx context.Context, hint postgres.Hint) {
	if hint&postgres.EventsWritten != 0 {
		n.Broker.EventsWritten.Set()
	}
	if hint&postgres.DeliveriesOwed != 0 {
		n.Broker.DeliveriesOwed.Set()
	}
	var err error
	if hint&postgres.KeysChanged != 0 {
		err = n.keyring.Reload(ctx)
	}
	if hint&(postgres.RoutesChanged|postgres.EntriesChanged) != 0 {
		err = errors.Join(err, n.Broker.Routes.Follow(ctx))
	}
	if hint&postgres.EntriesChanged != 0 {
		err = errors.Join(err, n.catalogues.Reload(ctx), n.followClock(ctx), n.Broker.Notices.Reload(ctx))
	}
	n.complain(ctx, "what another node changed cannot be read; it is tried again", err)
}

// watchStore reports a store that stopped by itself: a node without one would answer nothing but 503 from then on.
func (n *Node) watchStore(ctx context.Context) {
	select {
	case err := <-n.store.failed:
		n.fail(fmt.Errorf("the store failed, so the node ends; what it acknowledged is on disk. Start it again once the cause is mended: %w", errors.Unwrap(err)))
	case <-ctx.Done():
	}
}

// every calls do again and again until ctx ends, for the first time after a pause.
func every(ctx context.Context, pause time.Duration, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}

// complain logs the failure of a background worker, unless it fails because it has to end.
func (n *Node) complain(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		n.log.Error(what, "error", err)
	}
}
