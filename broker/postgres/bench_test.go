package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
)

// BenchmarkSubmission does what announcing and submitting one application does to the store, all at one destination, durably, for 1, 16 and
// 64 callers at once. Beside it stand transactions of the same rows in plain INSERTs, one round trip each.
func BenchmarkSubmission(b *testing.B) {
	dsn := pgtest.StartDurable(b)
	if err := Migrate(b.Context(), dsn); err != nil {
		b.Fatal(err)
	}
	s, err := Open(b.Context(), Config{DSN: dsn, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	w := newOffice(b, s)
	beside := newInserts(b, w, dsn, pgtest.StartDurable(b))
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("store/callers=%d", callers), func(b *testing.B) {
			before := s.Stats()
			run(b, callers, func() error { return w.submission(b.Context()) })
			b.ReportMetric(float64(s.Stats().Reruns-before.Reruns)/float64(b.N), "reruns/op")
		})
		b.Run(fmt.Sprintf("inserts/callers=%d", callers), func(b *testing.B) {
			run(b, callers, func() error { return beside.Application(b.Context()) })
		})
	}
}

// BenchmarkBlobs puts and reads bodies of 8 MiB, durably, one at a time.
func BenchmarkBlobs(b *testing.B) {
	dsn := pgtest.StartDurable(b)
	if err := Migrate(b.Context(), dsn); err != nil {
		b.Fatal(err)
	}
	s := openStore(b, dsn)
	content := make([]byte, 8<<20)
	rand.Read(content)
	put := func() broker.BlobID {
		id, _, err := s.Blobs().Put(b.Context(), bytes.NewReader(content))
		if err != nil {
			b.Fatal(err)
		}
		return id
	}
	b.Run("put", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			put()
		}
	})
	b.Run("read", func(b *testing.B) {
		id := put()
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			f, err := s.Blobs().Open(b.Context(), id)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, f); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// office is one destination and what one sender sends there.
type office struct {
	*Store
	sender      broker.ClientID
	destination broker.DestinationID
	fact, body  []byte
}

func newOffice(t testing.TB, s *Store) *office {
	t.Helper()
	w := &office{
		Store: s, sender: broker.NewID[broker.ClientID](), destination: broker.NewID[broker.DestinationID](),
		fact: make([]byte, 600), body: make([]byte, 10_000),
	}
	err := s.Update(t.Context(), func(tx broker.Tx) error {
		return errors.Join(tx.PutDestination(broker.Destination{ID: w.destination}),
			tx.PutDestinationKey(broker.DestinationKey{Destination: w.destination, KID: "key"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// newInserts sends one application, the first, and returns what writes the like of it elsewhere.
func newInserts(t testing.TB, w *office, dsn, elsewhere string) *pgtest.Inserts {
	t.Helper()
	if err := errors.Join(w.submission(t.Context()), Migrate(t.Context(), elsewhere)); err != nil {
		t.Fatal(err)
	}
	return pgtest.NewInserts(t, dsn, elsewhere, 64)
}

// TestInsertsAreTheSame holds what the store is measured beside against what it writes.
func TestInsertsAreTheSame(t *testing.T) {
	t.Parallel()
	dsn, elsewhere := migrated(t), pgtest.Start(t)
	w := newOffice(t, openStore(t, dsn))
	if err := newInserts(t, w, dsn, elsewhere).Application(t.Context()); err != nil {
		t.Fatal(err)
	}
	for table, bytes := range map[string]string{
		"submissions where waiting is not null": "octet_length(record::text)",
		"cases":                                 "octet_length(record::text)",
		"events where token is null":            "octet_length(record::text) + octet_length(claims)",
		"bodies":                                "octet_length(body)",
		"waiting":                               "octet_length(submission)",
		"case_submissions":                      "octet_length(submission)",
		"sender_cases":                          "octet_length(sender)",
		"destination_cases":                     "octet_length(destination)",
		"deliveries":                            "octet_length(record::text)",
	} {
		question := "select format('%s rows, %s bytes', count(*), sum(" + bytes + ")) from " + table
		if got, want := answer(t, elsewhere, question), answer(t, dsn, question); got != want || strings.HasPrefix(got, "0") {
			t.Errorf("%s: plain INSERTs write %s, the store %s", table, got, want)
		}
	}
}

func answer(t testing.TB, dsn, question string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(t.Context(), question).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *office) submission(ctx context.Context) error {
	sub := broker.Submission{
		ID: broker.NewID[broker.SubmissionID](), Kind: broker.KindSubmission, Case: broker.NewID[broker.CaseID](), Destination: w.destination,
		Sender: w.sender, Author: w.sender,
	}
	return errors.Join(w.announce(ctx, sub), w.submit(ctx, sub.ID))
}

func (w *office) announce(ctx context.Context, sub broker.Submission) error {
	admit := func(tx broker.Tx) error { _, err := tx.Destination(w.destination); return err }
	return errors.Join(w.View(ctx, admit), w.Update(ctx, func(tx broker.Tx) error {
		if err := admit(tx); err != nil {
			return err
		}
		return w.advance(tx, broker.Case{ID: sub.Case, Sender: sub.Sender, Destination: sub.Destination}, sub, broker.StateIncomplete)
	}))
}

func (w *office) advance(tx broker.Tx, c broker.Case, sub broker.Submission, to broker.State) error {
	c.Events++
	sub.State = to
	e := broker.Event{Case: c.ID, Number: c.Events, ID: broker.NewID[broker.EventID](), Submission: sub.ID, Claims: w.fact, Recorded: time.Now()}
	return errors.Join(tx.AppendEvent(e), tx.PutSubmission(sub), tx.PutCase(c))
}

func (w *office) submit(ctx context.Context, id broker.SubmissionID) error {
	var sub broker.Submission
	load := func(tx broker.Tx) (err error) {
		sub, err = tx.Submission(id)
		_, destinationErr := tx.Destination(w.destination)
		_, attachmentsErr := tx.Attachments(id)
		return errors.Join(err, destinationErr, attachmentsErr)
	}
	view := func(tx broker.Tx) error {
		_, err := tx.DestinationKeys(w.destination)
		return errors.Join(load(tx), err)
	}
	return errors.Join(w.View(ctx, view), w.Update(ctx, func(tx broker.Tx) (err error) {
		if err := load(tx); err != nil {
			return err
		}
		for _, part := range []*broker.Sealed{&sub.Metadata, &sub.Data} {
			if part.Body.Record, err = tx.AddBody(w.body); err != nil {
				return err
			}
		}
		c, err := tx.Case(sub.Case)
		if err != nil {
			return err
		}
		return errors.Join(w.advance(tx, c, sub, broker.StateSubmitted),
			tx.PutDelivery(broker.Delivery{ID: broker.NewID[broker.DeliveryID](), Destination: w.destination, Created: time.Now()}))
	}))
}

// run has so many callers do b.N things between them, and reports the rate.
func run(b *testing.B, callers int, do func() error) {
	b.Helper()
	var (
		left atomic.Int64
		wg   sync.WaitGroup
	)
	left.Store(int64(b.N))
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submissions/s")
}
