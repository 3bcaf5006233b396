package destinations

import (
	"net/url"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// soon is when the end of a certificate is worth a word, which is when the first reminder is sent.
const soon = 90 * 24 * time.Hour

// row is a destination in the list.
type row struct {
	broker.DestinationSummary
	URL      string
	Services []named
	Ends     bool // a certificate does, soon
}

// named is a key and what it stands for.
type named struct{ Key, Name string }

func (s *Service) list(v *page.Visit) error {
	all, total, err := s.Destinations.Summaries(v.Request().Context(), v.Who(), v.Page())
	if err != nil {
		return err
	}
	rows := make([]row, len(all))
	for i, d := range all {
		rows[i] = row{DestinationSummary: d, URL: at(v, d.ID), Ends: ends(v, d.Expires)}
		for _, offer := range d.Services {
			rows[i].Services = append(rows[i].Services, named{offer.Identifier, s.serviceName(v, offer.Identifier)})
		}
	}
	return v.Show("list", page.View{Title: v.T("list.title"), Wide: true, Data: map[string]any{
		"Rows": rows, "Pager": v.Pager(len(rows), total), "MayDraft": v.May(broker.RightDraft),
	}})
}

// ends reports whether a certificate ends soon, or has ended.
func ends(v *page.Visit, at time.Time) bool { return !at.IsZero() && at.Before(v.Now().Add(soon)) }

// at is the address of a destination's page.
func at(v *page.Visit, id broker.DestinationID) string {
	return v.Home() + "/destinations/" + string(id)
}

// crumbs lead to a page of a destination.
func crumbs(v *page.Visit, d broker.Destination) []page.Crumb {
	return []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("list.title"), Path: v.Home() + "/destinations"}, {Text: nameOf(v, d), Path: at(v, d.ID)}}
}

func nameOf(v *page.Visit, d broker.Destination) string {
	if d.Name == "" {
		return v.T("unnamed")
	}
	return d.Name
}

// asked is the destination that the path names, of this organisation.
func (s *Service) asked(v *page.Visit) (broker.DestinationSummary, error) {
	id, err := broker.ParseID[broker.DestinationID](v.Param("destination"))
	if err != nil {
		return broker.DestinationSummary{}, err
	}
	return s.Destinations.Summary(v.Request().Context(), v.Who(), id)
}

// shownOffer is a service that a destination takes.
type shownOffer struct {
	named
	Regions []named
	Schemas []broker.SubmissionSchema
	URL     string
}

// details is what the page of a destination shows.
type details struct {
	broker.DestinationSummary
	URL      string
	Offers   []shownOffer
	Channels []string
	Contact  contact
	On       broker.Dependents
	Assigned []broker.Client
	Others   *page.Form // to assign one more; nil: there is none
	MayDraft bool
	Ends     bool
}

func (s *Service) show(v *page.Visit) error {
	sum, err := s.asked(v)
	if err != nil {
		return err
	}
	ctx, who := v.Request().Context(), v.Who()
	d := details{DestinationSummary: sum, URL: at(v, sum.ID), MayDraft: v.May(broker.RightDraft), Ends: ends(v, sum.Expires), Channels: channelsOf(sum.ReplyChannels)}
	if d.On, err = s.Destinations.Dependents(ctx, who, sum.ID); err != nil {
		return err
	}
	if d.Contact, err = s.contactOf(v, sum.Destination.Contact); err != nil {
		return err
	}
	var others []page.Option
	if d.Assigned, others, err = s.clientsOf(v, sum.Destination); err != nil {
		return err
	}
	if len(others) > 0 && d.MayDraft {
		d.Others = v.Form("assign", page.Select("client").Choices(others...).Require()).To(d.URL + "/clients")
	}
	for _, offer := range sum.Services {
		d.Offers = append(d.Offers, s.shown(v, d.URL, offer))
	}
	return v.Show("show", page.View{Title: nameOf(v, sum.Destination), Crumbs: crumbs(v, sum.Destination)[:2], Data: d})
}

func (s *Service) shown(v *page.Visit, home string, offer broker.OfferedService) shownOffer {
	o := shownOffer{
		named:   named{offer.Identifier, s.serviceName(v, offer.Identifier)},
		Schemas: offer.Schemas, URL: home + "/services/" + url.PathEscape(offer.Identifier),
	}
	for _, r := range offer.Regions {
		o.Regions = append(o.Regions, named{r, s.regionName(v, r)})
	}
	return o
}

// contact is who answers for a destination, and whether the address is known to be theirs.
type contact struct {
	broker.Contact
	Asked, Confirmed time.Time
}

func (s *Service) contactOf(v *page.Visit, c broker.Contact) (contact, error) {
	known, err := s.Mails.Named(v.Request().Context(), v.Who(), v.Org(), c.Email)
	return contact{Contact: c, Asked: known.Asked, Confirmed: known.Confirmed}, err
}

// askContact has a mail sent to the contact, who confirms that it arrived.
func (s *Service) askContact(v *page.Visit) error {
	sum, err := s.asked(v)
	if err != nil {
		return err
	}
	if _, err := s.Mails.Ask(v.Request().Context(), v.Who(), v.Org(), sum.Contact.Email); err != nil {
		return err
	}
	return v.Done(at(v, sum.ID), "contact.asked", sum.Contact.Email)
}
