package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// manyCases is how many cases a benchmark has of one sender at one destination, all decided, as the first release wrote them.
const manyCases = 200_000

func history() []string {
	each := fmt.Sprintf(" from generate_series(1, %d) as n", manyCases)
	return []string{
		`insert into cases (id, record) select n, format('{"id":"%s","sender":"s","org":"o","dest":"d","chain":"%s"}', n, repeat('c', 44))::json` + each,
		`insert into submissions (id, destination, record) select n, 'd',
			format('{"id":"%1$s","case":"%1$s","sender":"s","org":"o","dest":"d","state":"accepted","digest":"%2$s"}', n, repeat('s', 300))::json` + each,
		`insert into events (case_id, number, id, submission, nth, claims, token, record) select n, 1, n, n, 1, '', 'token', '{}'` + each,
	}
}

// BenchmarkLists reads pages of a hundred of long lists, and what is pending. The migration that made the lists is told beside them.
func BenchmarkLists(b *testing.B) {
	dsn := firstReleaseSchema(b)
	execute(b, dsn, append(history(), "vacuum analyze")...)
	began := time.Now()
	if err := Migrate(b.Context(), dsn); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d cases were migrated in %s", manyCases, time.Since(began))
	execute(b, dsn, "vacuum analyze")
	s := openStore(b, dsn)
	for _, at := range []int{0, manyCases / 2, manyCases - 100} {
		p := broker.Page{Offset: at, Limit: 100}
		look(b, fmt.Sprint("sender/from=", at), s, func(tx broker.Tx) error { _, _, err := tx.SenderCases("s", p); return err })
		look(b, fmt.Sprint("destinations/from=", at), s, func(tx broker.Tx) error {
			_, _, err := tx.DestinationCases([]broker.DestinationID{"none", "d"}, p)
			return err
		})
	}
	look(b, "case", s, func(tx broker.Tx) error {
		_, _, err := tx.CaseSubmissions("777", broker.KindSubmission, broker.Page{Limit: 100})
		return err
	})
	look(b, "waiting", s, func(tx broker.Tx) error {
		_, _, err := tx.Waiting([]broker.Inbox{"d"}, broker.Page{Limit: 100})
		return err
	})
	look(b, "pending", s, func(tx broker.Tx) error { _, err := tx.Pending("s"); return err })
}

func look(b *testing.B, name string, s *Store, read func(broker.Tx) error) {
	b.Run(name, func(b *testing.B) {
		for b.Loop() {
			if err := s.View(b.Context(), read); err != nil {
				b.Fatal(err)
			}
		}
	})
}
