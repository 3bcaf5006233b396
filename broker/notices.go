package broker

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// noticeEntries has the one notice that there may be, under noticeEntry.
const noticeEntries EntryKind = "notice"

const noticeEntry = "maintenance"

// Notice announces maintenance to everybody who asks for anything.
//
// Read-only means that nothing changes that anybody entrusted to the broker: no submission, no destination, key or route, no organisation, no right. It is what an
// operator needs who copies the store to another place, or does not trust it. The store itself is not closed: who comes to look signs in, so sessions begin, are proved
// and end, which costs nobody anything if it is lost; tokens are issued; and time runs out as it did. Rejected: a store that refuses to write, in which nobody could
// sign in to see what happens, or take the notice back.
type Notice struct {
	From     time.Time
	Until    time.Time
	ReadOnly bool   // nothing is changed meanwhile: who wants to is asked to come again after Until
	Text     string // for people; may be empty
}

// Bounds of a notice.
const (
	maxNoticeText = 500 // bytes
	longestNotice = 30 * 24 * time.Hour
)

// Notices keeps the announcement of maintenance. It is read on every request, so each node has it in memory; Reload follows the store.
type Notices struct {
	*core
	current atomic.Pointer[Notice]
}

// noticeRecord is Notice as it is stored.
type noticeRecord struct {
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	ReadOnly bool      `json:"readOnly,omitempty"`
	Text     string    `json:"text,omitempty"`
}

// Current returns the notice that is to be told: from its announcement on until it is over.
func (s *Notices) Current() (Notice, bool) {
	n := s.current.Load()
	if n == nil || !s.Now().Before(n.Until) {
		return Notice{}, false
	}
	return *n, true
}

// Closed returns an error while nothing may be changed, and for how long that is. Errors: Unavailable.
func (s *Notices) Closed() (left time.Duration, err error) {
	n, told := s.Current()
	if now := s.Now(); told && n.ReadOnly && !now.Before(n.From) {
		return n.Until.Sub(now), Unavailable.New("maintenance", "maintenance until %s: nothing can be changed before that; what is there can be read", n.Until.UTC().Format(time.RFC3339))
	}
	return 0, nil
}

// Announce replaces the notice that there was. Only operators may.
func (s *Notices) Announce(ctx context.Context, who Caller, n Notice) error {
	if err := who.RequireOperator(); err != nil {
		return err
	}
	if err := n.check(s.Now()); err != nil {
		return err
	}
	n.From, n.Until = n.From.UTC(), n.Until.UTC()
	err := s.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(WriteEntry(tx, noticeEntries, noticeEntry, "", noticeRecord(n)),
			Note(tx, s.Now(), who, Deed{Deed: "maintenance.announced", Detail: n.From.Format(time.RFC3339) + " to " + n.Until.Format(time.RFC3339)}))
	})
	if err == nil {
		s.current.Store(&n)
	}
	return err
}

// Withdraw takes the notice back, early or after all. One that is not there is no error. Only operators may.
func (s *Notices) Withdraw(ctx context.Context, who Caller) error {
	if err := who.RequireOperator(); err != nil {
		return err
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		if _, err := tx.Entry(noticeEntries, noticeEntry); err != nil {
			return ignoreNoRow(err)
		}
		return errors.Join(tx.DeleteEntry(noticeEntries, noticeEntry), Note(tx, s.Now(), who, Deed{Deed: "maintenance.withdrawn"}))
	})
	if err == nil {
		s.current.Store(nil)
	}
	return err
}

// Reload reads what is stored.
func (s *Notices) Reload(ctx context.Context) error {
	var stored *Notice
	err := s.Store.View(ctx, func(tx Tx) error {
		stored = nil
		r, err := ReadEntry[noticeRecord](tx, noticeEntries, noticeEntry)
		if err != nil {
			return ignoreNoRow(err)
		}
		n := Notice(r)
		stored = &n
		return nil
	})
	if err == nil {
		s.current.Store(stored)
	}
	return err
}

// check refuses what announces nothing, or would stand in every answer for ever.
func (n Notice) check(now time.Time) error {
	switch {
	case n.From.IsZero() || !n.Until.After(n.From):
		return Invalid.New("", "maintenance begins before it ends: not from %s until %s", n.From.UTC().Format(time.RFC3339), n.Until.UTC().Format(time.RFC3339))
	case !n.Until.After(now):
		return Invalid.New("", "that maintenance is over already: it ended at %s", n.Until.UTC().Format(time.RFC3339))
	case n.Until.Sub(n.From) > longestNotice:
		return Invalid.New("", "maintenance takes at most %s", longestNotice)
	case len(n.Text) > maxNoticeText || !utf8.ValidString(n.Text) || strings.ContainsFunc(n.Text, unicode.IsControl):
		return Invalid.New("", "the text has at most %d bytes on one line", maxNoticeText)
	}
	return nil
}
