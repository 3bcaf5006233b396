package cases

import (
	"strconv"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/tracking"
)

// logged is a case and a part of its log.
type logged struct {
	ID                      broker.CaseID
	Destination             broker.DestinationID
	DestinationName, Client string
	ClientName              string
	Created, Changed        time.Time
	Rows                    []row
	Entries                 []entry
	Total                   int
	Whole, Sound            bool // nothing was cut off; every entry that is shown holds
	Pager                   page.Pager
	Evidence                string // address
}

// oneCase is the page of a case: what was sent in it, and its log.
func (s *Service) oneCase(v *page.Visit) error {
	asked, err := id[broker.CaseID](v, "case")
	if err != nil {
		return err
	}
	ctx := v.Request().Context()
	c, err := s.Tracking.Case(ctx, v.Who(), asked)
	if err != nil {
		return err
	}
	log, err := s.Tracking.Timeline(ctx, v.Who(), asked, v.Page())
	if err != nil {
		return err
	}
	return v.Show("case", page.View{
		Title:  v.T("case.one", short(string(asked))),
		Crumbs: []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("cases.title"), Path: v.Home() + pathCases}},
		Data:   s.logged(v, c, log),
	})
}

func (s *Service) logged(v *page.Visit, c tracking.Case, log tracking.Timeline) logged {
	l := logged{
		ID: c.ID, Destination: c.Destination, DestinationName: c.Opened.DestinationName, Client: string(c.Opened.Client), ClientName: c.Opened.ClientName,
		Created: c.Created, Changed: c.Changed, Rows: s.rows(v, c.Entries), Total: log.Total, Whole: log.Whole, Sound: log.Whole,
		Pager: v.Pager(len(log.Events), log.Total),
	}
	for _, e := range log.Events {
		shown := entry{Event: e, Name: eventName(e.Type), Path: v.Home() + pathSubmissions + "/" + string(e.Submission)}
		if e.Token != "" {
			shown.Token = v.Home() + pathCases + "/" + string(c.ID) + "/events/" + strconv.Itoa(e.Number)
		}
		l.Entries = append(l.Entries, shown)
		l.Sound = l.Sound && (e.Verdict == tracking.Verified || e.Verdict == tracking.Pending)
	}
	if len(l.Rows) > 0 {
		l.Evidence = l.Rows[0].Path + "/evidence"
	}
	return l
}

// token is the signed token of an event as a file, byte by byte as it was signed.
func (s *Service) token(v *page.Visit) error {
	asked, err := id[broker.CaseID](v, "case")
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(v.Param("number"))
	if err != nil {
		number = 0 // there is none with that number
	}
	e, err := s.Tracking.Event(v.Request().Context(), v.Who(), asked, number)
	if err != nil {
		return err
	}
	return v.Download("event-"+string(e.ID)+".jwt", "application/secevent+jwt", []byte(e.Token))
}
