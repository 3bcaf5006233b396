package publication_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/routing"
)

// What one node publishes the other one answers as soon as it has followed the hint of the store.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	must(t, postgres.Migrate(t.Context(), dsn))
	hints := make(chan postgres.Hint)
	stores := make([]*postgres.Store, 2)
	for i := range stores {
		var err error
		stores[i], err = postgres.Open(t.Context(), postgres.Config{DSN: dsn, Log: slog.New(slog.DiscardHandler), Volatile: true})
		must(t, err)
		t.Cleanup(func() { stores[i].Close() })
	}
	dir := t.TempDir()
	_, err := keys.CreateWrapper(filepath.Join(dir, "key"))
	must(t, err)
	here, there := newNode(t, dir, stores[0], open), newNode(t, dir, stores[1], open)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for hint := range stores[1].Hints(ctx) {
			hints <- hint
		}
		close(hints)
	}()
	<-hints // it listens
	service, _ := routing.ServiceFromURN(trade)
	answers := func(w *world) string {
		var routes []broker.Route
		view := w.broker.Routes.View()
		for _, n := range view.In(service, routing.Region{}, w.now, nil) {
			routes = append(routes, *view.Route(n))
		}
		return names(routes)
	}
	o := here.office(t, "Stadt")
	here.publish(t, o, o.draft("a", trade, "DE"))
	if got := answers(here); got != "a" {
		t.Errorf("got %q, want the node that published to answer at once", got)
	}
	for hint := range hints {
		if hint&postgres.RoutesChanged != 0 {
			must(t, there.broker.Routes.Follow(t.Context()))
			if answers(there) == "a" {
				break
			}
		}
	}
	_, err = there.SetOffline(t.Context(), o.owner, o.org, []string{"a"}, true, "")
	must(t, err)
	if got := answers(there); got != "" {
		t.Errorf("got %q, want nobody", got)
	}
	stop()
	for range hints { // until the listener ends
	}
}
