package retention_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/set"
)

// sweepVariable says how many cases a sweep has. 500000, and as many bare ones, make a file of 15 GB.
const sweepVariable = "VIERKANT_SWEEP_CASES"

const perUpdate = 50 // as the sweeper does

// BenchmarkSweep has a backlog acted on: content of so many decided cases is deleted, and then the cases are. Each stands beside bare Updates, of as many
// cases each, that write the same without a rule, a signature chain or a claim.
func BenchmarkSweep(b *testing.B) {
	n := 2000
	if text, set := os.LookupEnv(sweepVariable); set {
		var err error
		n, err = strconv.Atoi(text)
		must(b, err)
	}
	for name, place := range stores.Kinds() {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, place(b))
			var spent [4]time.Duration
			for b.Loop() {
				b.StopTimer()
				swept, bare := w.fillDecided(b, n), w.fillBare(b, n)
				b.StartTimer()
				for i, period := range []time.Duration{7 * day, 730 * day} {
					w.clock.forward(period)
					act, beside := w.besideBare(b, bare, [...]func(broker.Tx, broker.CaseID) error{w.bareEmpty, bareDelete}[i])
					spent[2*i] += act
					spent[2*i+1] += beside
				}
				b.StopTimer()
				w.wantGone(b, slices.Concat(swept, bare))
				b.StartTimer()
			}
			rate := func(i int) float64 { return float64(b.N*n) / spent[i].Seconds() }
			b.ReportMetric(rate(0), "emptied/s")
			b.ReportMetric(rate(0)/rate(1), "of-bare")
			b.ReportMetric(rate(2), "deleted/s")
			b.ReportMetric(rate(2)/rate(3), "of-bare-deleted")
		})
	}
}

// fillDecided writes cases of one accepted submission each, and their timers.
func (w *world) fillDecided(b *testing.B, n int) []broker.CaseID {
	b.Helper()
	return w.fillCases(b, n, func(tx broker.Tx, sub broker.Submission) error {
		return errors.Join(
			tx.PutTimer(broker.SubmissionDeadline(sub.ID, sub.Decided.Add(7*day))),
			tx.PutTimer(broker.CaseDeadline(sub.Case, sub.Decided.Add(700*day))))
	})
}

// fillBare writes the same under timers that nobody handles.
func (w *world) fillBare(b *testing.B, n int) []broker.CaseID {
	b.Helper()
	return w.fillCases(b, n, func(tx broker.Tx, sub broker.Submission) error {
		return errors.Join(
			tx.PutTimer(broker.Timer{Queue: "bare", ID: "submission " + string(sub.ID), At: sub.Decided}),
			tx.PutTimer(broker.Timer{Queue: "bare", ID: "case " + string(sub.Case), At: sub.Decided}))
	})
}

func (w *world) fillCases(b *testing.B, n int, arm func(broker.Tx, broker.Submission) error) (all []broker.CaseID) {
	b.Helper()
	const atOnce = 500
	for len(all) < n {
		var some []broker.CaseID
		must(b, w.store.Update(context.Background(), func(tx broker.Tx) error {
			some = nil
			for range min(atOnce, n-len(all)) {
				sub, err := w.decided(tx)
				if err := errors.Join(err, arm(tx, sub)); err != nil {
					return err
				}
				some = append(some, sub.Case)
			}
			return nil
		}))
		all = append(all, some...)
	}
	return all
}

// decided writes a case as it is a moment after an accept: three events, two small bodies.
func (w *world) decided(tx broker.Tx) (broker.Submission, error) {
	content := make([]byte, 1000)
	metadata, err := tx.AddBody(content)
	data, dataErr := tx.AddBody(content)
	now := w.clock.now()
	c := broker.Case{
		ID: broker.NewID[broker.CaseID](), Sender: w.sender.Client, Org: w.sender.Org, Destination: w.destination, Events: 3, Last: now, Chain: make([]byte, 32),
	}
	sub := broker.Submission{
		ID: broker.NewID[broker.SubmissionID](), Kind: broker.KindSubmission, Case: c.ID, Destination: w.destination, Sender: c.Sender, Author: c.Sender,
		State: broker.StateAccepted, Service: broker.Service{Identifier: service}, Created: now, Submitted: now, Decided: now,
		Metadata: broker.Sealed{Tag: "tag", Digest: make([]byte, 32), Body: broker.Body{Record: metadata, Size: 1000}},
		Data:     broker.Sealed{Tag: "tag", Digest: make([]byte, 32), Body: broker.Body{Record: data, Size: 1000}},
	}
	err = errors.Join(err, dataErr, tx.PutCase(c), tx.PutSubmission(sub))
	for i, event := range []string{set.CreateSubmission, set.SubmitSubmission, set.AcceptSubmission} {
		err = errors.Join(err, tx.AppendEvent(event3(sub, i+1, event)))
	}
	return sub, err
}

func event3(sub broker.Submission, number int, event string) broker.Event {
	return broker.Event{
		Case: sub.Case, Number: number, ID: broker.NewID[broker.EventID](), Submission: sub.ID, Type: event,
		Claims: make([]byte, 500), Token: "header.claims.signature", Chain: make([]byte, 32),
	}
}

// besideBare acts as the sweeper does until nothing is due, and does in turn the same number of cases bare, so that both meet the same machine.
func (w *world) besideBare(b *testing.B, bare []broker.CaseID, one func(broker.Tx, broker.CaseID) error) (act, beside time.Duration) {
	b.Helper()
	timed := func(fn func()) time.Duration { began := time.Now(); fn(); return time.Since(began) }
	n := perUpdate
	for n > 0 || len(bare) > 0 {
		act += timed(func() {
			var err error
			n, err = w.Retention.Act(context.Background(), perUpdate)
			must(b, err)
		})
		some := bare[:min(perUpdate, len(bare))]
		bare = bare[len(some):]
		beside += timed(func() {
			must(b, w.store.Update(context.Background(), func(tx broker.Tx) error {
				for _, id := range some {
					if err := one(tx, id); err != nil {
						return err
					}
				}
				return nil
			}))
		})
	}
	return act, beside
}

// bareEmpty writes what the deletion of content writes: event, submission, case, callback, timer, bodies.
func (w *world) bareEmpty(tx broker.Tx, id broker.CaseID) error {
	c, err := tx.Case(id)
	subs, _, subErr := tx.CaseSubmissions(id, broker.KindSubmission, broker.Page{Limit: 1})
	if err := errors.Join(err, subErr); err != nil {
		return err
	}
	sub := subs[0]
	err = errors.Join(tx.DeleteBody(sub.Metadata.Body.Record), tx.DeleteBody(sub.Data.Body.Record))
	sub.State, sub.Metadata.Body, sub.Data.Body = broker.StateDeleted, broker.Body{}, broker.Body{}
	c.Events++
	e := event3(sub, c.Events, set.DeleteSubmission)
	e.Token = ""
	return errors.Join(err, tx.AppendEvent(e), tx.PutSubmission(sub), tx.PutCase(c), tx.DeleteTimer("bare", "submission "+string(sub.ID)),
		tx.PutDelivery(broker.Delivery{
			ID: broker.NewID[broker.DeliveryID](), Type: broker.NewEvents, Destination: w.destination, Submission: sub.ID, Case: id,
		}))
}

func bareDelete(tx broker.Tx, id broker.CaseID) error {
	return errors.Join(tx.DeleteCase(id), tx.DeleteTimer("bare", "case "+string(id)))
}

func (w *world) wantGone(b *testing.B, all []broker.CaseID) {
	b.Helper()
	must(b, w.store.View(context.Background(), func(tx broker.Tx) error {
		_, total, err := tx.SenderCases(w.sender.Client, broker.Page{Limit: 1})
		if total != 0 {
			b.Errorf("%d cases of %d are left", total, len(all))
		}
		return err
	}))
}
