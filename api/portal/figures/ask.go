package figures

import (
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	counting "github.com/vierkant/vierkant/broker/figures"
)

// periods are those that a page can show, by their names in its address; the first is shown if none is named.
func periods() []string { return []string{"30d", "24h", "7d", "1y"} }

// asked is what the address of a page asks for.
type asked struct {
	Period string
	Of     string // "", "sent", "destination:ID" or "client:ID"
}

func ask(v *page.Visit) (asked, error) {
	a := asked{Period: v.QueryParam("period"), Of: v.QueryParam("of")}
	if a.Period == "" {
		a.Period = periods()[0]
	}
	if !slices.Contains(periods(), a.Period) {
		return a, broker.Invalid.New("bad-request", "period must be one of %s", strings.Join(periods(), ", "))
	}
	return a, nil
}

// query is what to ask for, now.
func (a asked) query(now time.Time) counting.Query {
	switch a.Period {
	case "24h":
		return counting.Query{Step: counting.Hours}
	case "7d":
		return counting.Query{Step: counting.Days, From: now.AddDate(0, 0, -6)}
	case "1y":
		return counting.Query{Step: counting.Months}
	}
	return counting.Query{Step: counting.Days}
}

// which says of what of an organisation.
func (a asked) which() (which counting.Which, err error) {
	kind, id, _ := strings.Cut(a.Of, ":")
	switch kind {
	case "":
	case "sent":
		which.Sent = true
	case "destination":
		which.Destination, err = broker.ParseID[broker.DestinationID](id)
	case "client":
		which.Client, err = broker.ParseID[broker.ClientID](id)
	default:
		err = broker.Invalid.New("bad-request", "of must be sent, destination:ID or client:ID")
	}
	return which, err
}

// group is a part of the choices of a filter.
type group struct {
	Text    string
	Options []option
}

type option struct {
	Value, Text string
	Chosen      bool
}

// listed is how many destinations, and clients, a filter offers. Those beyond are reached from their own pages.
const listed = 100

// choices are what figures can be asked of.
func (s service) choices(v *page.Visit, a asked) ([]group, error) {
	ctx, first := v.Request().Context(), broker.Page{Limit: listed}
	destinations, _, err := s.Destinations.List(ctx, v.Who(), first)
	if err != nil {
		return nil, err
	}
	clients, _, err := s.Clients.List(ctx, v.Who(), first)
	if err != nil {
		return nil, err
	}
	sides := group{v.T("filter.sides"), []option{{Text: v.T("filter.received")}, {Value: "sent", Text: v.T("filter.sent")}}}
	at, by := group{Text: v.T("filter.destinations")}, group{Text: v.T("filter.clients")}
	for _, d := range destinations {
		at.Options = append(at.Options, option{Value: "destination:" + string(d.ID), Text: d.Name})
	}
	for _, c := range clients {
		if c.Kind == broker.Sender {
			by.Options = append(by.Options, option{Value: "client:" + string(c.ID), Text: c.Name})
		}
	}
	all := slices.DeleteFunc([]group{sides, at, by}, func(g group) bool { return len(g.Options) == 0 })
	return choose(all, a.Of), nil
}

// choose marks the option that is shown, and adds it if it is not among those that are listed.
func choose(all []group, of string) []group {
	for _, g := range all {
		for i, o := range g.Options {
			if o.Value == of {
				g.Options[i].Chosen = true
				return all
			}
		}
	}
	_, id, _ := strings.Cut(of, ":")
	all[0].Options = append(all[0].Options, option{Value: of, Text: id, Chosen: true})
	return all
}
