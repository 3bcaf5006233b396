package account

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// LogQuery says which part of an audit log is wanted. The zero value, with a Limit, is the latest.
type LogQuery struct {
	From, Until time.Time // Until is excluded; zero: no bound
	Noun        string    // only deeds about one sort of thing: what stands before the point of broker.Deed.Deed; none: about all
	Before      int       // place in the log: only what is older than that, as LogPart.Next tells; 0: from the end
	Limit       int
}

// LogPart is what was found, latest first.
type LogPart struct {
	Deeds []broker.Deed
	Next  int // Before of the part that follows; 0: there is nothing more
}

// maxLogScan is how many deeds are looked at for one part. A part may so be shorter than its limit, even empty, and others follow.
const maxLogScan = 20 * broker.MaxPage

// maxNoun is longer than any.
const maxNoun = 40

func (q LogQuery) check() error {
	if q.Before < 0 {
		return broker.Invalid.New("bad-request", "before cannot be negative: take it from the part of the log that was read last")
	}
	if !q.From.IsZero() && !q.Until.IsZero() && q.Until.Before(q.From) {
		return broker.Invalid.New("bad-request", "until lies before from: swap them")
	}
	if len(q.Noun) > maxNoun || strings.ContainsFunc(q.Noun, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') }) {
		return broker.Invalid.New("bad-request", "noun is what stands before the point of a deed, like member or client")
	}
	return broker.Page{Limit: q.Limit}.Check()
}

func (q LogQuery) wants(d broker.Deed) bool {
	return q.Noun == "" || strings.HasPrefix(d.Deed, q.Noun+".")
}

// SearchLog reads the audit log of an organisation from its end; without one all logs, the installation's too, for operators. It takes the right to read.
//
// Deeds are never removed, and stand in the order in which they were written, so that a place in the log stays what it is while new ones come. What is wanted of a time is
// found by halving.
func (a *Accounts) SearchLog(ctx context.Context, who broker.Caller, org broker.OrgID, q LogQuery) (part LogPart, err error) {
	if err := mayLog(who, org, broker.Page{Limit: 1}); err != nil {
		return LogPart{}, err
	}
	if err := q.check(); err != nil {
		return LogPart{}, err
	}
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		list := func(p broker.Page) ([]broker.Deed, int, error) {
			if org == "" {
				return broker.AllDeeds(tx, p)
			}
			return broker.Deeds(tx, org, p)
		}
		part, err = search(list, q)
		return err
	})
	return part, err
}

// deeds is a log, oldest first.
type deeds func(broker.Page) ([]broker.Deed, int, error)

func search(list deeds, q LogQuery) (part LogPart, err error) {
	first, end, err := list.bounds(q)
	if err != nil {
		return LogPart{}, err
	}
	step := q.Limit
	if q.Noun != "" {
		step = broker.MaxPage
	}
	for scanned := 0; end > first && scanned < maxLogScan; {
		size := min(step, end-first)
		page, _, err := list(broker.Page{Offset: end - size, Limit: size})
		if err != nil {
			return LogPart{}, err
		}
		for i := len(page) - 1; i >= 0 && len(part.Deeds) < q.Limit; i-- {
			end--
			if q.wants(page[i]) {
				part.Deeds = append(part.Deeds, page[i])
			}
		}
		scanned += size
		if len(part.Deeds) == q.Limit {
			break
		}
	}
	if end > first {
		part.Next = end
	}
	return part, nil
}

// bounds are the places between which lies what is wanted.
func (list deeds) bounds(q LogQuery) (first, end int, err error) {
	_, end, err = list(broker.Page{Limit: 1})
	if err != nil {
		return 0, 0, err
	}
	place := func(t time.Time) int {
		return sort.Search(end, func(i int) bool {
			one, _, failed := list(broker.Page{Offset: i, Limit: 1})
			if failed != nil || len(one) == 0 {
				err = failed
				return true
			}
			return !one[0].At.Before(t)
		})
	}
	if !q.From.IsZero() {
		first = place(q.From)
	}
	if !q.Until.IsZero() {
		end = place(q.Until)
	}
	if q.Before > 0 {
		end = min(end, q.Before)
	}
	return first, max(first, end), err
}
