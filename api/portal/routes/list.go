package routes

import (
	"net/url"
	"slices"
	"time"

	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// row is a route in the list.
type row struct {
	Key, Name                  string
	Destination                Name
	Services, Regions          []Name
	MoreServices, MoreRegions  int
	Priority                   int
	From, Until                time.Time
	Offline, NotYet, Over, Own bool // Own: made by hand, not by a template
	Address                    string
}

// Limited reports whether the route is in force for a time only.
func (r row) Limited() bool { return !r.From.IsZero() || !r.Until.IsZero() }

// asked is what the filter of the list has.
type asked struct {
	Search, Service, Region, Destination string
	Offline                              bool
	Wrong                                string // why it finds nothing
	Filtered                             bool
}

type listData struct {
	Rows    []row
	Pager   page.Pager
	Total   int
	Asked   asked
	Draft   int // changes in the draft
	MayDraw bool
	MayTurn bool
	Desks   []page.Option
}

func (s *Service) list(v *page.Visit) error { return s.showList(v, turnForm(v)) }

func turnForm(v *page.Visit) *page.Form {
	return v.Form("turn", page.Checks("keys"), page.Hidden("do", ""), page.Text("comment").Most(publication.MaxComment)).To(v.Home() + "/routes")
}

func (s *Service) showList(v *page.Visit, f *page.Form) error {
	n := s.names(v)
	filter, a := n.filter()
	ctx, who := v.Request().Context(), v.Who()
	var found []broker.Route
	total := 0
	if a.Wrong == "" {
		var err error
		if found, total, err = s.cfg.Publication.Find(ctx, who, v.Org(), filter, v.Page()); err != nil {
			return err
		}
	}
	data := listData{Rows: n.rows(found), Pager: v.Pager(len(found), total), Total: total, Asked: a, MayDraw: v.May(broker.RightDraft)}
	data.MayTurn = v.May(broker.RightRelease) || data.MayDraw && !s.cfg.Publication.Rule().FourEyes
	if data.MayDraw {
		sketch, err := s.cfg.Publication.Sketch(ctx, who, v.Org())
		if err != nil {
			return err
		}
		data.Draft = len(sketch.Set.Put) + len(sketch.Set.Delete)
	}
	var err error
	if data.Desks, _, err = s.desks(v); err != nil {
		return err
	}
	return v.Show("list", page.View{Title: v.T("menu.routes"), Form: f, Data: data, Wide: true})
}

// filter reads what is looked for. Names are taken where they fit one alone.
func (n names) filter() (publication.Filter, asked) {
	q := n.v.QueryParam
	a := asked{Search: q("search"), Service: q("service"), Region: q("region"), Destination: q("destination"), Offline: q("offline") != ""}
	f := publication.Filter{Key: a.Search, Destination: broker.DestinationID(a.Destination), Offline: a.Offline}
	a.Filtered = a != asked{}
	var ok bool
	var found []Name
	if f.Service, found, ok = one(a.Service, isService, n.findServices); !ok {
		a.Wrong = n.notOne(a.Service, found)
	}
	if f.Region, found, ok = one(a.Region, isRegion, n.findRegions); !ok {
		a.Wrong = n.notOne(a.Region, found)
	}
	return f, a
}

func (n names) rows(all []broker.Route) []row {
	rows := make([]row, len(all))
	desks := map[broker.DestinationID]Name{}
	now := n.v.Now()
	for i, r := range all {
		d := publication.DraftOf(r)
		if _, known := desks[d.Destination]; !known {
			desks[d.Destination] = n.destination(d.Destination)
		}
		rows[i] = row{
			Key: d.Key, Name: d.Name, Destination: desks[d.Destination], Priority: d.Priority, From: d.From, Until: d.Until, Offline: r.Offline,
			NotYet: now.Before(d.From), Over: !d.Until.IsZero() && !now.Before(d.Until), Own: d.Adoption == "",
			Address: n.v.Home() + "/routes/show?" + url.Values{"key": {d.Key}}.Encode(),
		}
		services, regions := places(d.Coverage)
		const few = 3
		rows[i].Services, rows[i].MoreServices = first(services, few, n.service)
		rows[i].Regions, rows[i].MoreRegions = first(regions, few, n.region)
	}
	return rows
}

// places lists the services and regions of coverage, each once.
func places(all []broker.Coverage) (services, regions []string) {
	for _, c := range all {
		services, regions = append(services, c.Services...), append(regions, c.Regions...)
	}
	slices.Sort(services)
	slices.Sort(regions)
	return slices.Compact(services), slices.Compact(regions)
}

func first(all []string, few int, name func(string) Name) (some []Name, more int) {
	for _, text := range all[:min(few, len(all))] {
		some = append(some, name(text))
	}
	return some, max(0, len(all)-few)
}

// turn takes routes offline or online.
func (s *Service) turn(v *page.Visit) error {
	f := turnForm(v)
	f.Read()
	keys, do := f.Field("keys").Values, f.Value("do")
	if len(keys) == 0 {
		f.Wrong("keys", v.T("turn.none"))
	}
	if do != "offline" && do != "online" {
		f.Wrong("", v.T("form.unreadable"))
	}
	if f.Failed() {
		return s.showList(v, f)
	}
	out, err := s.cfg.Publication.SetOffline(v.Request().Context(), v.Who(), v.Org(), keys, do == "offline", f.Value("comment"))
	if f.Refuse(err) {
		return s.showList(v, f)
	}
	if err != nil {
		return err
	}
	return v.Done(v.Home()+"/routes", "turned."+do, len(out.Plan.Changes))
}

// asCSV is what the filter finds, as a table.
func (s *Service) asCSV(v *page.Visit) error {
	filter, a := s.names(v).filter()
	if a.Wrong != "" {
		return broker.Invalid.New("bad-request", "%s", a.Wrong)
	}
	p := broker.Page{Limit: broker.MaxPage}
	some, total, err := s.cfg.Publication.Find(v.Request().Context(), v.Who(), v.Org(), filter, p)
	if err != nil {
		return err
	}
	out, err := v.Spreadsheet("routes.csv", routesheet.Columns()...)
	for err == nil {
		for i := 0; i < len(some) && err == nil; i++ {
			err = routesheet.Write(out, manage.ViewDraft(publication.DraftOf(some[i])))
		}
		if p.Offset += len(some); err != nil || p.Offset >= total || len(some) == 0 {
			break
		}
		some, total, err = s.cfg.Publication.Find(v.Request().Context(), v.Who(), v.Org(), filter, p)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// desks are the destinations that can be chosen; all is false if there are too many for a list.
func (s *Service) desks(v *page.Visit) (options []page.Option, all bool, err error) {
	some, total, err := s.cfg.Destinations.List(v.Request().Context(), v.Who(), broker.Page{Limit: broker.MaxPage})
	for _, d := range some {
		label := d.Name
		if d.Status != broker.DestinationActive {
			label = v.T("desk.status", d.Name, v.T("status."+string(d.Status)))
		}
		options = append(options, page.Option{Value: string(d.ID), Label: label})
	}
	return options, len(some) == total, err
}

// show is one route, whole.
func (s *Service) show(v *page.Visit) error {
	r, err := s.cfg.Publication.Route(v.Request().Context(), v.Who(), v.Org(), v.QueryParam("key"))
	if err != nil {
		return err
	}
	d := publication.DraftOf(r)
	return v.Show("show", page.View{Title: d.Name, Crumbs: crumbs(v), Data: map[string]any{
		"Lines": s.names(v).facts(d), "Route": s.names(v).rows([]broker.Route{r})[0], "Published": r.Published, "May": v.May(broker.RightDraft) && d.Adoption == "",
		"Edit": v.Home() + "/routes/edit?" + url.Values{"key": {d.Key}}.Encode(), "Adoption": string(d.Adoption), "Key": d.Key,
		"Delete": removal(v, d.Key),
	}})
}
