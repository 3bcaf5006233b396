package cases

import (
	"context"
	"net/url"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/tracking"
)

// listed is a page of a list as its template sees it.
type listed struct {
	Side, Other tracking.Side
	OtherSide   string // address of the same list on the other side
	OtherNoun   string // address of the cases in a list of submissions, and the other way round
	Narrowed    bool   // by a filter
	First       string // address of the beginning; "": this is it
	Next        string // address of the next page; "": there is none
	Short       bool   // the page is not full, and there is a next one all the same
	Rows        any
}

// submissions lists submissions and replies.
func (s *Service) submissions(v *page.Visit) error {
	return list(s, v, "submissions", pathSubmissions, pathCases, s.Tracking.Submissions, func(es []tracking.Entry) any { return s.rows(v, es) })
}

// cases lists cases.
func (s *Service) cases(v *page.Visit) error {
	return list(s, v, "cases", pathCases, pathSubmissions, s.Tracking.Cases, func(cs []tracking.Case) any { return s.caseRows(v, cs) })
}

// list shows what a query of the address finds.
func list[T any](s *Service, v *page.Visit, name, path, other string, find func(ctx context.Context, who broker.Caller, q tracking.Query) (tracking.Page[T], error), rows func([]T) any) error {
	f, q, err := s.filter(v)
	if err != nil {
		return err
	}
	var found tracking.Page[T]
	if !f.Failed() {
		found, err = find(v.Request().Context(), v.Who(), q)
		if err != nil && !f.Refuse(err) {
			return err
		}
	}
	l := listed{
		Side: q.Side, Other: otherSide(q.Side), OtherSide: v.Home() + path + "?side=" + string(otherSide(q.Side)), OtherNoun: v.Home() + other + "?side=" + string(q.Side),
		Narrowed: narrowed(f), Short: len(found.Items) < q.Limit, Rows: rows(found.Items),
	}
	if !q.After.IsZero() {
		l.First = address(v, path, "")
	}
	if !found.Next.IsZero() {
		l.Next = address(v, path, tracking.FormatMark(found.Next))
	}
	return v.Show(name, page.View{Title: v.T(name + ".title"), Form: f, Data: l, Wide: true})
}

func otherSide(is tracking.Side) tracking.Side {
	if is == tracking.Sent {
		return tracking.Received
	}
	return tracking.Sent
}

// address is that of the list with the filters that it has now, from a place on.
func address(v *page.Visit, path, after string) string {
	q := url.Values{}
	for name, values := range v.QueryParams() {
		if len(values) > 0 && values[0] != "" {
			q.Set(name, values[0])
		}
	}
	q.Set("after", after)
	if after == "" {
		q.Del("after")
	}
	return v.Home() + path + "?" + q.Encode()
}

// Row is a line of the list of submissions.
type row struct {
	tracking.Entry
	Path, CasePath, DestinationPath string
	Age                             string
	Waits                           bool // the age is for how long it waits, and not how long ago it was over
}

func (s *Service) rows(v *page.Visit, all []tracking.Entry) []row {
	rows := make([]row, len(all))
	for i, e := range all {
		rows[i] = s.row(v, e)
	}
	return rows
}

func (s *Service) row(v *page.Visit, e tracking.Entry) row {
	r := row{
		Entry: e, Path: v.Home() + pathSubmissions + "/" + string(e.ID), CasePath: v.Home() + pathCases + "/" + string(e.Case),
		Age: age(v, s.Tracking.Deadline().Sub(e.Since())), Waits: e.State == broker.StateIncomplete || e.State.Retrievable(),
	}
	if e.DestinationName != "" {
		r.DestinationPath = v.Home() + "/destinations/" + string(e.Destination)
	}
	return r
}

// caseRow is a line of the list of cases.
type caseRow struct {
	row            // of what opened it
	Last    row    // of what came last
	Path    string // of the case
	Events  int
	Entries int
	Changed time.Time
}

func (s *Service) caseRows(v *page.Visit, all []tracking.Case) []caseRow {
	rows := make([]caseRow, len(all))
	for i, c := range all {
		rows[i] = caseRow{
			row: s.row(v, c.Opened), Last: s.row(v, c.Last()), Path: v.Home() + pathCases + "/" + string(c.ID),
			Events: c.Events, Entries: len(c.Entries), Changed: c.Changed,
		}
	}
	return rows
}
