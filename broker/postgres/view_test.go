package postgres

import (
	"errors"
	"testing"

	"github.com/vierkant/vierkant/broker"
)

// TestViewBesideWrite has somebody write between the first and the second question of a View: both answers are of one moment.
func TestViewBesideWrite(t *testing.T) {
	t.Parallel()
	put := func(ids ...broker.CaseID) func(broker.Tx, int) error {
		return func(tx broker.Tx, n int) (err error) {
			for _, id := range ids {
				err = errors.Join(err, tx.PutCase(broker.Case{ID: id, Events: n}))
			}
			return err
		}
	}
	read := func(id broker.CaseID) func(broker.Tx) (int, error) {
		return func(tx broker.Tx) (int, error) { c, err := tx.Case(id); return c.Events, ignoreNoRow(err) }
	}
	wait := func(tx broker.Tx) (int, error) {
		_, total, err := tx.Waiting([]broker.Inbox{"d"}, broker.Page{Limit: 9})
		return total, err
	}
	join := func(tx broker.Tx, n int) error {
		err := tx.PutCase(broker.Case{ID: "a", Events: n})
		for range n {
			err = errors.Join(err, tx.PutSubmission(broker.Submission{
				ID: broker.NewID[broker.SubmissionID](), Kind: broker.KindSubmission, Case: "a", Destination: "d", State: broker.StateSubmitted,
			}))
		}
		return err
	}
	tests := map[string]struct {
		write         func(tx broker.Tx, n int) error // n is 1 before and 2 beside the View
		first, second func(broker.Tx) (int, error)
		runs          int
		want          [2]int
	}{
		"both":                   {put("a", "b"), read("a"), read("b"), 2, [2]int{2, 2}},
		"only the second":        {put("b"), read("a"), read("b"), 1, [2]int{0, 2}},
		"something else":         {put("c"), read("a"), read("b"), 1, [2]int{0, 0}},
		"a list, longer now":     {join, wait, read("a"), 1, [2]int{1, 1}}, // two questions by itself
		"the list comes second":  {join, read("a"), wait, 2, [2]int{2, 3}},
		"the same question":      {put("a"), read("a"), read("a"), 2, [2]int{2, 2}},
		"the clock comes second": {put("a"), read("a"), func(tx broker.Tx) (int, error) { _, err := tx.Now(); return 0, err }, 2, [2]int{2, 0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, migrated(t))
			write := func(n int) {
				if err := s.Update(t.Context(), func(tx broker.Tx) error { return test.write(tx, n) }); err != nil {
					t.Fatal(err)
				}
			}
			write(1)
			runs, got := 0, [2]int{}
			err := s.View(t.Context(), func(tx broker.Tx) (err error) {
				runs++
				if got[0], err = test.first(tx); err != nil {
					return err
				}
				if runs == 1 {
					write(2)
				}
				got[1], err = test.second(tx)
				return err
			})
			if err != nil || got != test.want || runs != test.runs {
				t.Errorf("got %v after %d runs, %v; want %v after %d", got, runs, err, test.want, test.runs)
			}
		})
	}
}
