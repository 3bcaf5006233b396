package golive

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// The kinds of entries of this package. Their owners are ids of subjects, but for those of organisations' own points.
const (
	milestoneEntries   broker.EntryKind = "golive-milestone"
	declarationEntries broker.EntryKind = "golive-declaration"
	ownEntries         broker.EntryKind = "golive-point" // owner: the organisation
)

// Evidence is what shows a point.
type Evidence struct {
	Type string // "submission", "reply", "callback", "mail", "fault", "key", "route", "destination"; none: there is nothing to name
	ID   string
}

// milestone is that something happened to a subject for the first time.
type milestone struct {
	of    string // UUID of the subject
	point Point
	at    time.Time
	shown Evidence
	lasts time.Duration // of a token that was issued: how long it is good; else 0
}

type milestoneRecord struct {
	Point Point     `json:"point"`
	At    time.Time `json:"at"`
	Type  string    `json:"type,omitempty"`
	ID    string    `json:"id,omitempty"`
}

// subjectPoint names a milestone or a declaration.
func subjectPoint(of string, p Point) string { return of + " " + string(p) }

// renews reports whether this is a token that was issued after one of that time had expired.
func (m milestone) renews(first time.Time) bool {
	return m.lasts > 0 && !m.at.Before(first.Add(m.lasts))
}

func (m milestone) put(tx broker.Tx) error {
	return broker.WriteEntry(tx, milestoneEntries, subjectPoint(m.of, m.point), m.of, milestoneRecord{
		Point: m.point, At: m.at.UTC(), Type: m.shown.Type, ID: m.shown.ID,
	})
}

// reached tells when a subject reached a point; the zero time: it did not.
func reached(tx broker.Tx, of string, p Point) (time.Time, error) {
	r, err := broker.ReadEntry[milestoneRecord](tx, milestoneEntries, subjectPoint(of, p))
	if errors.Is(err, broker.ErrNoRow) {
		return time.Time{}, nil
	}
	return r.At, err
}

// milestones reads those of a subject.
func milestones(tx broker.Tx, of string) (map[Point]milestoneRecord, error) {
	all := map[Point]milestoneRecord{}
	list := func(p broker.Page) ([]broker.Entry, int, error) { return tx.EntriesOf(milestoneEntries, of, p) }
	for e, err := range broker.EachEntry(list) {
		if err != nil {
			return nil, err
		}
		r, err := broker.DecodeEntry[milestoneRecord](e)
		if err != nil {
			return nil, err
		}
		all[r.Point] = r
	}
	return all, nil
}
