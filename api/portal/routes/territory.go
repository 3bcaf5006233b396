package routes

import (
	"context"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// span is a grant or a consent in a table.
type span struct {
	Services []Name
	More     int
	Region   Name
	Other    string // the other organisation of a consent; "" is the operator
	By       string
	Grant    publication.Grant
	Consent  publication.Consent
	Withdraw string // address; "": not for this visitor
}

// territory is the grants of the organisation, and what others and it agreed to. Each list shows its part of the same page of rows.
func (s *Service) territory(v *page.Visit) error {
	ctx, who, p, n := v.Request().Context(), v.Who(), v.Page(), s.names(v)
	operator := who.RequireOperator() == nil
	grants, grantTotal, err := s.cfg.Publication.Grants(ctx, who, v.Org(), p)
	if err != nil {
		return err
	}
	to, toTotal, err := s.cfg.Publication.ConsentsTo(ctx, who, v.Org(), p)
	if err != nil {
		return err
	}
	from, fromTotal, err := s.cfg.Publication.ConsentsFrom(ctx, who, v.Org(), p)
	if err != nil {
		return err
	}
	for i := range grants {
		grants[i].By = s.person(v, grants[i].By)
	}
	for i := range from {
		from[i].By = s.person(v, from[i].By)
	}
	data := map[string]any{
		"Grants": n.grants(grants, operator), "To": n.consents(to, false), "From": n.consents(from, v.May(broker.RightRelease)),
		"Pager": v.Pager(max(len(grants), len(to), len(from)), max(grantTotal, toTotal, fromTotal)), "Open": s.cfg.Publication.Rule().Open,
		"Operator": operator, "MayConsent": v.May(broker.RightRelease), "Org": string(v.Org()),
		"NewGrant": v.Home() + "/territory/grant", "NewConsent": v.Home() + "/territory/consent",
	}
	return v.Show("territory", page.View{Title: v.T("menu.territory"), Data: data, Wide: true})
}

func (n names) grants(all []publication.Grant, may bool) []span {
	rows := make([]span, len(all))
	for i, g := range all {
		rows[i] = n.span(g.Services, g.Region)
		rows[i].Grant, rows[i].By = g, g.By
		if may {
			rows[i].Withdraw = n.v.Home() + "/territory/grants/" + string(g.ID) + "/withdraw"
		}
	}
	return rows
}

func (n names) consents(all []publication.Consent, may bool) []span {
	rows := make([]span, len(all))
	for i, c := range all {
		rows[i] = n.span(c.Services, c.Region)
		rows[i].Consent, rows[i].By, rows[i].Other = c, c.By, string(c.From)
		if c.From == n.v.Org() {
			rows[i].Other = string(c.To)
		}
		if may {
			rows[i].Withdraw = n.v.Home() + "/territory/consents/" + string(c.ID) + "/withdraw"
		}
	}
	return rows
}

func (n names) span(services []string, region string) span {
	some, more := brief(services, n.service)
	return span{Services: some, More: more, Region: n.region(region)}
}

func territoryCrumbs(v *page.Visit) []page.Crumb {
	return []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("menu.territory"), Path: v.Home() + "/territory"}}
}

// spanFields are the places that a grant or a consent is about.
func spanFields(more ...*page.Field) []*page.Field {
	return append(more, page.Area("region").Require().Lines(2).Most(500), page.Area("services").Lines(4))
}

// span reads them.
func (n names) readSpan(f *page.Form) (services []string, region string) {
	services = n.readServices(f, "services")
	regions := n.readRegions(f, "region")
	if len(regions) > 1 {
		f.Wrong("region", n.v.T("territory.one"))
	}
	if len(regions) == 1 {
		region = regions[0]
	}
	return services, region
}

func (s *Service) grantForm(v *page.Visit) error {
	return showSpan(v, v.Form("grant", spanFields()...).Or(v.Home()+"/territory"))
}

func showSpan(v *page.Visit, f *page.Form) error {
	return v.Show("span", page.View{Title: v.T(f.Name + ".title"), Crumbs: territoryCrumbs(v), Form: f})
}

// deed does what a form asks for, and leads back to the territory.
func deed(v *page.Visit, f *page.Form, notice string, do func(context.Context) error) error {
	if f.Failed() {
		return showSpan(v, f)
	}
	err := do(v.Request().Context())
	if f.Refuse(err) {
		return showSpan(v, f)
	}
	if err != nil {
		return err
	}
	return v.Done(v.Home()+"/territory", notice)
}

func (s *Service) grant(v *page.Visit) error {
	f := v.Form("grant", spanFields()...).Or(v.Home() + "/territory")
	f.Read()
	services, region := s.names(v).readSpan(f)
	return deed(v, f, "grant.done", func(ctx context.Context) error {
		_, err := s.cfg.Publication.Grant(ctx, v.Who(), v.Org(), services, region)
		return err
	})
}

func ungrantForm(v *page.Visit) *page.Form {
	return v.Form("ungrant", page.Check("routes")).At("grant-in-use", "routes").Or(v.Home() + "/territory").Dangerous()
}

func (s *Service) ungrantForm(v *page.Visit) error { return showSpan(v, ungrantForm(v)) }

func (s *Service) ungrant(v *page.Visit) error {
	f := ungrantForm(v)
	f.Read()
	return deed(v, f, "ungrant.done", func(ctx context.Context) error {
		_, err := s.cfg.Publication.WithdrawGrant(ctx, v.Who(), v.Org(), publication.GrantID(v.Param("grant")), f.Checked("routes"))
		return err
	})
}

func consentForm(v *page.Visit) *page.Form {
	return v.Form("consent", spanFields(page.Text("to").Require().Most(40).Is(v.QueryParam("to")).Typewritten())...).Or(v.Home() + "/territory")
}

func (s *Service) consentForm(v *page.Visit) error { return showSpan(v, consentForm(v)) }

func (s *Service) consent(v *page.Visit) error {
	f := consentForm(v)
	f.Read()
	services, region := s.names(v).readSpan(f)
	to, err := broker.ParseID[broker.OrgID](f.Value("to"))
	if err != nil && f.Value("to") != "" {
		f.Wrong("to", v.T("consent.id"))
	}
	return deed(v, f, "consent.done", func(ctx context.Context) error {
		_, err := s.cfg.Publication.Consent(ctx, v.Who(), v.Org(), to, services, region)
		if hasCode(err, "organisation-not-found") { // what was typed, and not the page
			return broker.Invalid.New("bad-request", "there is no organisation %.40s", to)
		}
		return err
	})
}

func dissentForm(v *page.Visit) *page.Form {
	return v.Form("dissent").Or(v.Home() + "/territory").Dangerous()
}

func (s *Service) dissentForm(v *page.Visit) error { return showSpan(v, dissentForm(v)) }

func (s *Service) dissent(v *page.Visit) error {
	f := dissentForm(v)
	f.Read()
	return deed(v, f, "dissent.done", func(ctx context.Context) error {
		return s.cfg.Publication.WithdrawConsent(ctx, v.Who(), v.Org(), publication.ConsentID(v.Param("consent")))
	})
}
