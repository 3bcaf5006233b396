package figures

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Sheets are entries of these kinds, in the lists of their day or month.
const (
	hourSheets broker.EntryKind = "figures-hours" // the hours of a day
	daySheets  broker.EntryKind = "figures-days"  // the days of a month
)

// sheetName names a sheet.
type sheetName struct {
	kind    broker.EntryKind
	period  string // the day or the month
	subject Subject
}

// id begins with the period, so that what is written together lies together.
func (n sheetName) id() string { return n.period + " " + string(n.subject) }

func (n sheetName) before(other sheetName) int {
	if n.kind != other.kind {
		return compare(string(n.kind), string(other.kind))
	}
	return compare(n.id(), other.id())
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// lines are what a sheet has, by hour or day.
type lines map[string]Counts

// place is where something that happened is counted, now.
func (c calendar) place(subject Subject, at, now time.Time) (name sheetName, line string) {
	if c.hasHours(at, now) {
		return sheetName{hourSheets, c.dayOf(at), subject}, hourOf(at)
	}
	return sheetName{daySheets, c.monthOf(at), subject}, c.dayOf(at)
}

// sheetRecord is a sheet as it is stored.
type sheetRecord struct {
	Lines map[string]countsRecord `json:"lines"`
}

// countsRecord is Counts as it is stored.
type countsRecord struct {
	Announced       int            `json:"announced,omitempty"`
	Submitted       int            `json:"submitted,omitempty"`
	Accepted        int            `json:"accepted,omitempty"`
	Rejected        map[string]int `json:"rejected,omitempty"`
	Expired         int            `json:"expired,omitempty"`
	Replies         int            `json:"replies,omitempty"`
	Bytes           int64          `json:"bytes,omitempty"`
	CallbacksTaken  int            `json:"taken,omitempty"`
	CallbacksFailed int            `json:"failed,omitempty"`
	Acceptance      Histogram      `json:"times,omitempty"`
}

// readSheet reads a sheet; one that is not there is empty.
func readSheet(tx broker.Tx, n sheetName) (lines, error) {
	stored, err := broker.ReadEntry[sheetRecord](tx, n.kind, n.id())
	if errors.Is(err, broker.ErrNoRow) {
		return nil, nil
	}
	return stored.domain(), err
}

func (r sheetRecord) domain() lines {
	all := make(lines, len(r.Lines))
	for line, counts := range r.Lines {
		all[line] = Counts(counts)
	}
	return all
}

// addTo adds lines to a sheet.
func addTo(tx broker.Tx, n sheetName, more lines) error {
	has, err := readSheet(tx, n)
	if err != nil {
		return err
	}
	sum := sheetRecord{Lines: make(map[string]countsRecord, len(has)+len(more))}
	for line, counts := range has {
		sum.Lines[line] = countsRecord(counts)
	}
	for line, counts := range more {
		sum.Lines[line] = countsRecord(has[line].add(counts))
	}
	return broker.WriteEntry(tx, n.kind, n.id(), n.period, sum)
}
