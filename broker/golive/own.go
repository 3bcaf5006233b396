package golive

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/vierkant/vierkant/broker"
)

// OwnPointID names a point of an organisation's own.
type OwnPointID string

// OwnPoint is one that an organisation added to its checklists.
type OwnPoint struct {
	ID    OwnPointID
	Text  string
	Kinds []Kind // on whose checklists it stands; none: on all
	By    string
	Made  time.Time
}

type ownRecord struct {
	ID    OwnPointID `json:"id"`
	Text  string     `json:"text"`
	Kinds []Kind     `json:"kinds,omitempty"`
	By    string     `json:"by"`
	Made  time.Time  `json:"made"`
}

func (r ownRecord) domain() OwnPoint { return OwnPoint(r) }

func (p OwnPoint) covers(k Kind) bool { return len(p.Kinds) == 0 || slices.Contains(p.Kinds, k) }

// ownPoints reads all of an organisation; there are at most MaxOwn.
func ownPoints(tx broker.Tx, org broker.OrgID) ([]OwnPoint, error) {
	all, _, err := broker.EntriesAs(ownRecord.domain)(tx.EntriesOf(ownEntries, string(org), broker.Page{Limit: broker.MaxPage}))
	return all, err
}

// Points lists the points of the caller's organisation's own.
func (s *Service) Points(ctx context.Context, who broker.Caller) (all []OwnPoint, err error) {
	if err := who.Entitled(who.Org, broker.RightRead); err != nil {
		return nil, err
	}
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		all, err = ownPoints(tx, who.Org)
		return err
	})
	return all, err
}

// AddPoint puts a point onto the checklists of the caller's organisation.
func (s *Service) AddPoint(ctx context.Context, who broker.Caller, text string, kinds []Kind) (p OwnPoint, err error) {
	if err := s.mayChangePoints(who); err != nil {
		return OwnPoint{}, err
	}
	if err := checkOwn(text, kinds); err != nil {
		return OwnPoint{}, err
	}
	now := s.cfg.Now()
	p = OwnPoint{ID: broker.NewID[OwnPointID](), Text: text, Kinds: kinds, By: who.Name(), Made: now.UTC()}
	return p, s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		_, total, err := tx.EntriesOf(ownEntries, string(who.Org), broker.Page{Limit: 1})
		if err != nil {
			return err
		}
		if total >= MaxOwn {
			return broker.Conflict.New("too-many-points", "an organisation has at most %d points of its own: remove one first", MaxOwn)
		}
		if err := broker.WriteEntry(tx, ownEntries, string(p.ID), string(who.Org), ownRecord(p)); err != nil {
			return err
		}
		return broker.Note(tx, now, who, broker.Deed{Org: who.Org, Deed: "golive.point-added", Subject: string(p.ID), Detail: text})
	})
}

// RemovePoint takes a point off all checklists. What was declared of it stays in the audit log.
func (s *Service) RemovePoint(ctx context.Context, who broker.Caller, id OwnPointID) error {
	if err := s.mayChangePoints(who); err != nil {
		return err
	}
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		e, err := tx.Entry(ownEntries, string(id))
		if err == nil && e.Owner != string(who.Org) {
			err = broker.ErrNoRow
		}
		if err != nil {
			return noPoint(err, string(id))
		}
		was, err := broker.DecodeEntry[ownRecord](e)
		return errors.Join(err, tx.DeleteEntry(ownEntries, string(id)),
			broker.Note(tx, s.cfg.Now(), who, broker.Deed{Org: who.Org, Deed: "golive.point-removed", Subject: string(id), Detail: was.Text}))
	})
}

func (s *Service) mayChangePoints(who broker.Caller) error {
	if err := mustBePerson(who); err != nil {
		return err
	}
	return who.Entitled(who.Org, broker.RightDraft)
}

func checkOwn(text string, kinds []Kind) error {
	if err := broker.CheckName("text", text); err != nil {
		return err
	}
	if utf8.RuneCountInString(text) > MaxText {
		return invalid("text has at most %d characters", MaxText)
	}
	for i, k := range kinds {
		if !slices.Contains(Kinds(), k) || slices.Contains(kinds[:i], k) {
			return invalid("kinds are some of %v, each once, not %.40q", Kinds(), string(k))
		}
	}
	return nil
}
