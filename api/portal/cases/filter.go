package cases

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/tracking"
)

// filter reads the filters of a list out of the address, and shows them in a form again. What is wrong stands in the form.
func (s *Service) filter(v *page.Visit) (f *page.Form, q tracking.Query, err error) {
	q = tracking.Query{Side: tracking.Side(v.QueryParam("side")), Limit: page.PageSize}
	if q.Side != tracking.Sent && q.Side != tracking.Received {
		if q.Side, err = s.usualSide(v); err != nil {
			return nil, q, err
		}
	}
	f = v.Form("filter", filterFields(v, q.Side)...)
	for _, field := range f.Fields {
		field.Value = v.QueryParam(field.Name)
	}
	f.Field("side").Value = string(q.Side)
	fill(v, f, &q)
	return f, q, nil
}

// usualSide is the one on which the organisation has more to see: that of its destinations, if it has some.
func (s *Service) usualSide(v *page.Visit) (tracking.Side, error) {
	_, total, err := s.Destinations.List(v.Request().Context(), v.Who(), broker.Page{Limit: 1})
	if total > 0 {
		return tracking.Received, err
	}
	return tracking.Sent, err
}

func filterFields(v *page.Visit, side tracking.Side) []*page.Field {
	all := []*page.Field{
		page.Hidden("side", ""), page.Select("state", texts(tracking.States())...), page.Select("kind", "submission", "reply"),
		page.Text("service").Most(255), page.Text("destination").Most(36).Typewritten(),
	}
	if side == tracking.Sent {
		all = append(all, page.Text("client").Most(36).Typewritten())
	}
	return append(all, page.Date("from"), page.Date("until"))
}

func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = string(one)
	}
	return out
}

// fill makes a query of what is in the form.
func fill(v *page.Visit, f *page.Form, q *tracking.Query) {
	q.Kind, q.State, q.Service = broker.SubmissionKind(f.Value("kind")), broker.State(f.Value("state")), f.Value("service")
	for _, name := range []string{"state", "kind"} {
		if field := f.Field(name); field.Value != "" && !slices.ContainsFunc(field.Options, func(o page.Option) bool { return o.Value == field.Value }) {
			f.Wrong(name, v.T("form.choice", field.Label))
		}
	}
	q.Destination = idIn[broker.DestinationID](v, f, "destination")
	q.Client = idIn[broker.ClientID](v, f, "client")
	q.From = dayIn(v, f, "from", 0)
	q.Until = dayIn(v, f, "until", 1)
	if !q.From.IsZero() && !q.Until.IsZero() && !q.From.Before(q.Until) {
		f.Wrong("until", v.T("filter.order"))
	}
	var err error
	if q.After, err = tracking.ParseMark(v.QueryParam("after")); err != nil {
		f.Wrong("", v.T("filter.place"))
	}
}

// idIn is the id in a field; "" if it is empty, or not there, or none.
func idIn[T ~string](v *page.Visit, f *page.Form, name string) T {
	field := f.Field(name)
	if field == nil || field.Value == "" {
		return ""
	}
	found, err := broker.ParseID[T](field.Value)
	if err != nil {
		f.Wrong(name, v.T("filter.id", field.Label))
	}
	return found
}

// dayIn is the beginning of a day in Germany, or of one some days later.
func dayIn(v *page.Visit, f *page.Form, name string, later int) time.Time {
	field := f.Field(name)
	if field.Value == "" {
		return time.Time{}
	}
	day, err := time.ParseInLocation(time.DateOnly, field.Value, germany())
	if err != nil {
		f.Wrong(name, v.T("filter.day", field.Label))
		return time.Time{}
	}
	return day.AddDate(0, 0, later)
}

func germany() *time.Location {
	place, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return time.UTC
	}
	return place
}

// narrowed reports whether something is filled in but the side.
func narrowed(f *page.Form) bool {
	return slices.ContainsFunc(f.Fields, func(field *page.Field) bool { return field.Name != "side" && field.Value != "" })
}
