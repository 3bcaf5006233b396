package golive

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vierkant/vierkant/broker"
)

// Bounds of what organisations write.
const (
	MaxNote = 1000 // characters
	maxLink = 2000
	MaxText = 200
	MaxOwn  = 50 // points of an organisation's own
)

// Declaration is what somebody says of a point.
type Declaration struct {
	Done bool   // false takes back what was said
	Note string // may be empty
	Link string // to a document; may be empty
}

// declaration is one that stands.
type declaration struct {
	Point Point     `json:"point"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Note  string    `json:"note,omitempty"`
	Link  string    `json:"link,omitempty"`
}

func declarations(tx broker.Tx, of string) (map[Point]declaration, error) {
	all := map[Point]declaration{}
	list := func(p broker.Page) ([]broker.Entry, int, error) { return tx.EntriesOf(declarationEntries, of, p) }
	for e, err := range broker.EachEntry(list) {
		if err != nil {
			return nil, err
		}
		d, err := broker.DecodeEntry[declaration](e)
		if err != nil {
			return nil, err
		}
		all[d.Point] = d
	}
	return all, nil
}

func (d Declaration) check() error {
	if utf8.RuneCountInString(d.Note) > MaxNote || !utf8.ValidString(d.Note) || strings.ContainsFunc(d.Note, isControl) {
		return invalid("a note has at most %d characters, and of control characters only line breaks", MaxNote)
	}
	if d.Link == "" {
		return nil
	}
	u, err := url.Parse(d.Link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || len(d.Link) > maxLink {
		return invalid("link must be a URL that begins with https:// or http://, of at most %d bytes", maxLink)
	}
	return nil
}

// Declare ticks a point that is for the organisation to declare, or takes that back, and returns the checklist as it is then. It takes a person who may
// draft: nobody else's word is worth anything here.
func (s *Service) Declare(ctx context.Context, who broker.Caller, id string, p Point, d Declaration) (c Checklist, err error) {
	if err := mustBePerson(who); err != nil {
		return Checklist{}, err
	}
	if err := d.check(); err != nil {
		return Checklist{}, err
	}
	var one subject
	rule := func(tx broker.Tx) (err error) {
		if one, err = s.find(tx, who, id, broker.RightDraft); err != nil {
			return err
		}
		return mayDeclare(tx, one, p)
	}
	err = broker.Decide(ctx, s.cfg.Store, rule, func(tx broker.Tx) error {
		if err := s.declare(tx, who, one, p, d); err != nil {
			return err
		}
		c, err = s.judge(tx, one)
		return err
	})
	return c, err
}

func (s *Service) declare(tx broker.Tx, who broker.Caller, one subject, p Point, d Declaration) error {
	now, id := s.cfg.Now(), subjectPoint(one.id(), p)
	deed := broker.Deed{Org: one.org(), Deed: "golive.declared", Subject: one.id(), Detail: strings.TrimSpace(string(p) + " " + d.Note)}
	if d.Done {
		said := declaration{Point: p, By: who.Name(), At: now.UTC(), Note: d.Note, Link: d.Link}
		return errors.Join(broker.WriteEntry(tx, declarationEntries, id, one.id(), said), broker.Note(tx, now, who, deed))
	}
	if _, err := tx.Entry(declarationEntries, id); errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	deed.Deed = "golive.withdrawn"
	return errors.Join(tx.DeleteEntry(declarationEntries, id), broker.Note(tx, now, who, deed))
}

// mayDeclare refuses a point that is none of the subject's, or that nobody can tick.
func mayDeclare(tx broker.Tx, one subject, p Point) error {
	if declarable(one.kind(), p) {
		return nil
	}
	own, err := ownPoints(tx, one.org())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(own, func(o OwnPoint) bool { return Point(o.ID) == p && o.covers(one.kind()) }) {
		return nil
	}
	if slices.ContainsFunc(definitions(one.kind()), func(d definition) bool { return d.point == p }) {
		return broker.Conflict.New("point-not-declarable", "the point %s fills itself from what happens here: nobody ticks it", p)
	}
	return noPoint(broker.ErrNoRow, string(p))
}

func noPoint(err error, id string) error {
	return broker.OrNotFound(err, "point-not-found", "there is no point %.60q on this checklist", id)
}

// mustBePerson refuses programs. The operator of the machine is somebody.
func mustBePerson(who broker.Caller) error {
	if who.Client != "" {
		return broker.Forbidden.New("forbidden", "an API client may not do this, with whatever scope: what an organisation declares, a person says")
	}
	return nil
}

func invalid(detail string, args ...any) error {
	return broker.Invalid.New("bad-request", detail, args...)
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' }

// oneLine writes what several lines say as one.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", "; ") }
