package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/transfer"
)

// BenchmarkMove moves applications, each with three signed events, a small body and every tenth with a large one of 1 MB, and has them
// compared. VIERKANT_APPLICATIONS says how many.
func BenchmarkMove(b *testing.B) {
	n := 2000
	if text, set := os.LookupEnv("VIERKANT_APPLICATIONS"); set {
		n, _ = strconv.Atoi(text)
	}
	for name, make := range map[string]func() (place, func() place){
		"files-to-database": func() (place, func() place) { return files(b), func() place { return database(b) } },
		"database-to-files": func() (place, func() place) { return database(b), func() place { return files(b) } },
	} {
		b.Run(name, func(b *testing.B) {
			from, to := make()
			apply(b, from, n)
			for b.Loop() {
				benchmarkMove(b, from, to())
			}
		})
	}
}

func benchmarkMove(b *testing.B, home, away place) {
	from, to := home.alone(b), away.alone(b)
	from.Store = unmarked{from.Store, new(transfer.Mark)}
	b.ResetTimer()
	var bytes int64
	for _, d := range run(b, from, to) {
		bytes += d.Bytes
	}
	b.ReportMetric(float64(bytes)/1e6/b.Elapsed().Seconds(), "MB/s")
}

// apply writes applications as they stand after they were taken.
func apply(b *testing.B, p place, n int) {
	b.Helper()
	store, blobs, stop, err := p.serve()
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	for first := 0; first < n; first += 100 {
		err := store.Update(context.Background(), func(tx broker.Tx) error {
			var errs error
			for i := first; i < first+100; i++ {
				errs = errors.Join(errs, application(tx, i))
			}
			return errs
		})
		for range 10 {
			_, _, putErr := blobs.Put(context.Background(), bytes.NewReader(noise(1, 1_000_000)))
			err = errors.Join(err, putErr)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func application(tx broker.Tx, i int) error {
	id := broker.SubmissionID(fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(i)*2654435761, i))
	c := broker.CaseID(id)
	body, err := tx.AddBody(noise(2, 4000))
	errs := errors.Join(err, tx.PutCase(broker.Case{ID: c, Events: 3}), tx.PutSubmission(broker.Submission{
		ID: id, Case: c, Destination: "destination", State: broker.StateSubmitted, Data: broker.Sealed{Body: broker.Body{Record: body}},
	}))
	for number := 1; number <= 3; number++ {
		errs = errors.Join(errs, tx.AppendEvent(broker.Event{
			Case: c, Number: number, ID: broker.EventID(fmt.Sprintf("%s/%d", id, number)), Submission: id,
			Claims: noise(3, 500), Token: string(bytes.Repeat([]byte("t"), 1500)), Chain: noise(4, 32),
		}))
	}
	return errs
}
