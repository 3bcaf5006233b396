package routes

import (
	"net/url"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/routing"
)

// reach is a line of the coverage: a service, or a part of the territory.
type reach struct {
	publication.Reach
	Name        Name
	Below, Gaps string // addresses; "": none
}

// coverage tells by service what is served, or of one service by area.
func (s *Service) coverage(v *page.Visit) error {
	service, region := v.QueryParam("service"), v.QueryParam("region")
	ctx, who, n := v.Request().Context(), v.Who(), s.names(v)
	if service == "" {
		all, total, err := s.cfg.Publication.Coverage(ctx, who, v.Org(), v.Page())
		if err != nil {
			return err
		}
		return s.showCoverage(v, page.View{Title: v.T("menu.coverage")}, n.byService(all), total)
	}
	if region == "" {
		region = "DE"
	}
	all, total, err := s.cfg.Publication.CoverageIn(ctx, who, v.Org(), service, region, v.Page())
	if err != nil {
		return err
	}
	title := v.T("coverage.of", n.service(service).Text, n.region(region).Text)
	return s.showCoverage(v, page.View{Title: title, Crumbs: coverageCrumbs(v, n, service, region)}, n.byArea(all, service), total)
}

func (s *Service) showCoverage(v *page.Visit, w page.View, rows []reach, total int) error {
	w.Wide, w.Data = true, map[string]any{"Rows": rows, "Pager": v.Pager(len(rows), total), "Service": v.QueryParam("service")}
	return v.Show("coverage", w)
}

// coverageCrumbs lead up through the regions.
func coverageCrumbs(v *page.Visit, n names, service, region string) []page.Crumb {
	var up []page.Crumb
	at, err := routing.ParseRegion(region)
	for more := err == nil; more; {
		if at, more = at.Parent(); more {
			up = append([]page.Crumb{{Text: n.region(at.String()).Text, Path: coverageAt(v, service, at.String())}}, up...)
		}
	}
	return append([]page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("menu.coverage"), Path: v.Home() + "/coverage"}}, up...)
}

func coverageAt(v *page.Visit, service, region string) string {
	return v.Home() + "/coverage?" + url.Values{"service": {service}, "region": {region}}.Encode()
}

func (n names) byService(all []publication.Reach) []reach {
	rows := make([]reach, len(all))
	for i, r := range all {
		rows[i] = reach{Reach: r, Name: n.service(r.Service), Below: coverageAt(n.v, r.Service, "DE")}
		if r.Missing > 0 {
			rows[i].Gaps = n.v.Home() + "/coverage/gaps?" + url.Values{"service": {r.Service}}.Encode()
		}
	}
	return rows
}

func (n names) byArea(all []publication.Reach, service string) []reach {
	rows := make([]reach, len(all))
	for i, r := range all {
		rows[i] = reach{Reach: r, Name: Name{r.Label, r.Region}}
		if at, err := routing.ParseRegion(r.Region); err == nil && at.Level() != routing.Municipality && r.Towns > 1 {
			rows[i].Below = coverageAt(n.v, service, r.Region)
		}
	}
	return rows
}

// gaps lists where nobody is for a service.
func (s *Service) gaps(v *page.Visit) error {
	service, n := v.QueryParam("service"), s.names(v)
	all, total, err := s.cfg.Publication.Gaps(v.Request().Context(), v.Who(), v.Org(), service, v.Page())
	if err != nil {
		return err
	}
	crumbs := []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("menu.coverage"), Path: v.Home() + "/coverage"}}
	return v.Show("gaps", page.View{Title: v.T("gaps.title", n.service(service).Text), Crumbs: crumbs, Wide: true, Data: map[string]any{
		"Rows": n.byArea(all, service), "Pager": v.Pager(len(all), total), "New": v.May(broker.RightDraft), "Edit": v.Home() + "/routes/edit",
	}})
}
