package figures_test

import (
	"errors"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/set"
)

// of returns what an organisation sees over the days from the one on which worlds begin.
func (w *world) of(t testing.TB, org broker.OrgID, which figures.Which) figures.Counts {
	t.Helper()
	s, err := w.figures.Of(t.Context(), broker.Operator(org), org, which, figures.Query{From: morning(), To: w.clock.Now()})
	must(t, err)
	return s.Sum()
}

// TestLife counts all that can become of submissions, for all whose they are.
func TestLife(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world, _ stores.Place) {
		accepted := w.submit(t)
		w.announce(t) // and never submits it
		w.clock.forward(90 * time.Minute)
		w.decide(t, accepted, set.AcceptSubmission)
		w.reply(t, w.subscriber, accepted.Case)
		w.decide(t, w.submit(t), set.RejectSubmission, set.ProblemPrefix+"schema-violation", set.ProblemPrefix+"missing-data")
		w.decide(t, w.submit(t), set.RejectSubmission, "https://vendor.example/problems/4711")
		w.decide(t, w.submit(t), set.RejectSubmission, set.ProblemPrefix+"timed-out") // no receiver says so
		w.decide(t, w.submit(t), set.RejectSubmission)
		w.submit(t) // and nobody decides
		if got, want := w.fold(t), 7+6+1+4+1; got != want {
			t.Errorf("got %d facts, want %d", got, want)
		}
		w.pass(t, w.Periods.Incomplete)
		w.pass(t, w.Periods.Decision)
		if got, want := w.fold(t), 2; got != want {
			t.Errorf("after all deadlines: got %d facts, want %d", got, want)
		}

		sealed, err := sealedPart()
		must(t, err)
		size := int64(len(sealed))
		want := figures.Counts{
			Announced: 7, Submitted: 6, Accepted: 1, Expired: 1, Replies: 1, Bytes: 6*3*size + 2*size,
			Rejected:   map[string]int{"schema-violation": 1, figures.Other: 2, figures.Unnamed: 1, figures.TimedOut: 1},
			Acceptance: figures.Histogram{7: 1}, // up to two hours
		}
		for name, view := range map[string]struct {
			org   broker.OrgID
			which figures.Which
			want  figures.Counts
		}{
			"received":                {w.city, figures.Which{}, want},
			"destination":             {w.city, figures.Which{Destination: w.destination}, want},
			"another destination":     {w.city, figures.Which{Destination: w.open(t)}, figures.Counts{}},
			"sent":                    {w.service, figures.Which{Sent: true}, want},
			"client":                  {w.service, figures.Which{Client: w.sender.Client}, want},
			"what the city sends":     {w.city, figures.Which{Sent: true}, figures.Counts{}},
			"what the sender is sent": {w.service, figures.Which{}, figures.Counts{}},
		} {
			if got := w.of(t, view.org, view.which); !reflect.DeepEqual(got, view.want) {
				t.Errorf("%s: got %+v, want %+v", name, got, view.want)
			}
		}
		all, err := w.figures.All(t.Context(), broker.Operator(""), figures.Query{From: morning(), To: w.clock.Now()})
		must(t, err)
		if got := all.Sum(); !reflect.DeepEqual(got, want) {
			t.Errorf("installation: got %+v, want %+v", got, want)
		}
	})
}

// TestCallbacks counts calls, for whom they tell.
func TestCallbacks(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world, _ stores.Place) {
		w.submit(t)
		w.fold(t)
		call := func(status int, report func(broker.Claimed, broker.Result) error) {
			t.Helper()
			all, _, err := w.Deliveries.Claim(t.Context(), time.Minute, 1)
			must(t, err)
			if len(all) != 1 {
				t.Fatalf("got %d callbacks that are due, want 1", len(all))
			}
			must(t, report(all[0], broker.Result{
				URL: "http://127.0.0.1:1/authority", Attempt: broker.Attempt{At: w.clock.Now(), Status: status},
			}))
		}
		w.clock.forward(time.Until(w.clock.Now()) + time.Minute) // what is due is so by the store's clock
		again := w.clock.Now().Add(-time.Hour)
		for range 2 {
			call(500, func(d broker.Claimed, r broker.Result) error {
				_, err := w.Deliveries.Failed(t.Context(), d, r, again)
				return err
			})
			w.clock.forward(time.Second)
		}
		call(204, func(d broker.Claimed, r broker.Result) error { return w.Deliveries.Delivered(t.Context(), d, r) })
		if got, want := w.fold(t), 3; got != want {
			t.Errorf("got %d facts, want %d", got, want)
		}
		now := figures.Query{Step: figures.Hours}
		s, err := w.figures.Of(t.Context(), broker.Operator(w.city), w.city, figures.Which{Destination: w.destination}, now)
		must(t, err)
		if got, want := s.Sum(), (figures.Counts{CallbacksTaken: 1, CallbacksFailed: 2}); !reflect.DeepEqual(got, want) {
			t.Errorf("destination: got %+v, want %+v", got, want)
		}
		s, err = w.figures.Of(t.Context(), broker.Operator(w.service), w.service, figures.Which{Sent: true}, now)
		must(t, err)
		if got := s.Sum(); !reflect.DeepEqual(got, figures.Counts{}) {
			t.Errorf("the sender, whom they do not tell: got %+v, want nothing", got)
		}
	})
}

// TestOthers holds that nobody sees what is another's.
func TestOthers(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world, _ stores.Place) {
		reader := broker.PersonCaller("p", w.service, broker.RoleReader)
		for name, ask := range map[string]struct {
			who   broker.Caller
			org   broker.OrgID
			which figures.Which
			want  error
		}{
			"a reader of the own":          {reader, w.service, figures.Which{Sent: true}, nil},
			"another organisation":         {reader, w.city, figures.Which{}, broker.NotFound},
			"another's destination":        {reader, w.service, figures.Which{Destination: w.destination}, broker.NotFound},
			"no destination":               {reader, w.service, figures.Which{Destination: broker.NewID[broker.DestinationID]()}, broker.NotFound},
			"another's client":             {reader, w.service, figures.Which{Client: w.subscriber.Client}, broker.NotFound},
			"no client":                    {reader, w.service, figures.Which{Client: "x"}, broker.NotFound},
			"nobody":                       {broker.Caller{}, w.service, figures.Which{}, broker.Unauthenticated},
			"a client that manages":        {w.subscriber, w.city, figures.Which{}, nil},
			"a client that only sends":     {w.sender, w.service, figures.Which{}, broker.Forbidden},
			"a destination and one client": {reader, w.service, figures.Which{Destination: w.destination, Client: "x"}, broker.Invalid},
		} {
			_, err := w.figures.Of(t.Context(), ask.who, ask.org, ask.which, figures.Query{})
			if !errors.Is(err, ask.want) {
				t.Errorf("%s: got %v, want %v", name, err, ask.want)
			}
		}
		for who, want := range map[*broker.Caller]error{{Person: "p"}: broker.Forbidden, new(broker.PlatformCaller("p")): nil} {
			if _, err := w.figures.All(t.Context(), *who, figures.Query{}); !errors.Is(err, want) {
				t.Errorf("installation, %s: got %v, want %v", who.Name(), err, want)
			}
		}
	})
}

// TestQueries tells which times can be asked for.
func TestQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.clock.forward(5 * day) // Wednesday, after the night with 23 hours
	at := func(text string) time.Time {
		t.Helper()
		is, err := time.ParseInLocation("2006-01-02 15:04", text, w.figures.Zone())
		must(t, err)
		return is
	}
	for name, row := range map[string]struct {
		query       figures.Query
		points      int
		first, last string // "": refused
	}{
		"nothing said":              {figures.Query{}, 30, "2026-03-03 00:00", "2026-04-01 00:00"},
		"hours":                     {figures.Query{Step: figures.Hours}, 24, "2026-03-31 12:00", "2026-04-01 11:00"},
		"months":                    {figures.Query{Step: figures.Months}, 12, "2025-05-01 00:00", "2026-04-01 00:00"},
		"a day of 23 hours":         {figures.Query{From: at("2026-03-29 00:00"), To: at("2026-03-30 00:00"), Step: figures.Hours}, 23, "2026-03-29 00:00", "2026-03-29 23:00"},
		"days across that":          {figures.Query{From: at("2026-03-28 00:00"), To: at("2026-03-31 00:00"), Step: figures.Days}, 3, "2026-03-28 00:00", "2026-03-30 00:00"},
		"within a day":              {figures.Query{From: at("2026-03-29 09:17"), To: at("2026-03-29 09:18")}, 1, "2026-03-29 00:00", "2026-03-29 00:00"},
		"no time at all":            {figures.Query{From: at("2026-03-29 00:00"), To: at("2026-03-29 00:00")}, 0, "", ""},
		"backwards":                 {figures.Query{From: at("2026-03-29 00:00"), To: at("2026-03-28 00:00")}, 0, "", ""},
		"too long":                  {figures.Query{From: at("1999-03-29 00:00")}, 0, "", ""},
		"hours that are not kept":   {figures.Query{From: at("2026-03-10 00:00"), To: at("2026-03-11 00:00"), Step: figures.Hours}, 0, "", ""},
		"a step that there is none": {figures.Query{Step: "week"}, 0, "", ""},
	} {
		s, err := w.figures.All(t.Context(), broker.Operator(""), row.query)
		if row.first == "" {
			if !errors.Is(err, broker.Invalid) {
				t.Errorf("%s: got %v, want it refused", name, err)
			}
			continue
		}
		must(t, err)
		if len(s.Points) != row.points || !s.Points[0].From.Equal(at(row.first)) || !s.Points[len(s.Points)-1].From.Equal(at(row.last)) {
			t.Errorf("%s: got %d points, %s to %s, want %d, %s to %s", name, len(s.Points), s.Points[0].From, s.Points[len(s.Points)-1].From, row.points, row.first, row.last)
		}
		for i := 1; i < len(s.Points); i++ {
			if !s.Points[i].From.Equal(s.Points[i-1].To) {
				t.Errorf("%s: there is a gap before %s", name, s.Points[i].From)
			}
		}
	}
}

// TestDaysAreGerman has something happen on both sides of a German midnight.
func TestDaysAreGerman(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.clock.forward(time.Date(2026, 3, 27, 22, 59, 0, 0, time.UTC).Sub(morning()))
	w.announce(t)
	w.clock.forward(2 * time.Minute)
	w.announce(t)
	w.announce(t)
	w.fold(t)
	s, err := w.figures.All(t.Context(), broker.Operator(""), figures.Query{From: morning()})
	must(t, err)
	got := map[string]int{}
	for _, p := range s.Points {
		got[p.From.Format(time.DateOnly)] = p.Announced
	}
	if want := map[string]int{"2026-03-27": 1, "2026-03-28": 2}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestLongDay has something happen in both of the hours that German clocks show twice.
func TestLongDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	w.clock.forward(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC).Sub(morning())) // 02:30, in summer
	w.announce(t)
	w.clock.forward(time.Hour) // 02:30 again
	w.announce(t)
	w.fold(t)
	at := func(day int) time.Time { return time.Date(2026, 10, day, 0, 0, 0, 0, w.figures.Zone()) }
	s, err := w.figures.All(t.Context(), broker.Operator(""), figures.Query{From: at(25), To: at(26), Step: figures.Hours})
	must(t, err)
	if len(s.Points) != 25 || s.Points[2].Announced != 1 || s.Points[3].Announced != 1 {
		t.Errorf("got %d hours, %+v", len(s.Points), s.Points[2:4])
	}
	s, err = w.figures.All(t.Context(), broker.Operator(""), figures.Query{From: at(25), To: at(26)})
	must(t, err)
	if len(s.Points) != 1 || s.Points[0].Announced != 2 {
		t.Errorf("got %+v, want one day with both", s.Points)
	}
}
