package destinations

import (
	"net/url"
	"slices"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// offering is the form of one service that a destination takes: the one that the path names, or one more.
func (s *Service) offering(v *page.Visit) (d broker.Destination, e edit, err error) {
	d, was, err := s.namedOffer(v)
	if err != nil {
		return d, e, err
	}
	f := v.Form("destination", append(offered(v, was), seen(d))...).Or(at(v, d.ID))
	title := v.T("offer.change.title")
	if was.Identifier == "" {
		title = v.T("offer.new.title")
	}
	return d, edit{
		form: f,
		apply: func(draft *broker.DestinationDraft) {
			draft.Services = replaced(draft.Services, was.Identifier, readOffer(f))
		},
		show: func() error {
			return v.Show("form-page", page.View{Title: title, Crumbs: crumbs(v, d), Form: f, Scripts: []string{"check.js"}})
		},
	}, nil
}

// replaced is the services with one in the place of another, or behind all.
func replaced(all []broker.OfferedService, was string, by ...broker.OfferedService) []broker.OfferedService {
	all = slices.Clone(all)
	i := slices.IndexFunc(all, func(o broker.OfferedService) bool { return o.Identifier == was })
	if i < 0 {
		return append(all, by...)
	}
	return slices.Replace(all, i, i+1, by...)
}

// namedOffer is the service that the path names; the zero value if it names none.
func (s *Service) namedOffer(v *page.Visit) (broker.Destination, broker.OfferedService, error) {
	sum, err := s.asked(v)
	if err != nil || v.Param("service") == "" {
		return sum.Destination, broker.OfferedService{}, err
	}
	name, err := url.PathUnescape(v.Param("service"))
	if err != nil {
		name = v.Param("service")
	}
	o, known := sum.Offered(name)
	if !known {
		return sum.Destination, o, broker.NotFound.New("not-found", "the destination does not offer this service")
	}
	return sum.Destination, o, nil
}

func (s *Service) askOffer(v *page.Visit) error {
	_, e, err := s.offering(v)
	if err != nil {
		return err
	}
	return e.show()
}

func (s *Service) offer(v *page.Visit) error {
	d, e, err := s.offering(v)
	if err != nil {
		return err
	}
	return s.changeTo(v, d.ID, e, "offer.done")
}

func (s *Service) checkOffer(v *page.Visit) error {
	d, e, err := s.offering(v)
	if err != nil {
		return err
	}
	return s.reportOn(v, d.ID, e)
}

// withdrawing is the question whether a service shall be offered no more.
func (s *Service) withdrawing(v *page.Visit) (d broker.Destination, e edit, err error) {
	d, was, err := s.namedOffer(v)
	if err != nil {
		return d, e, err
	}
	f := v.Form("withdraw", seen(d)).Or(at(v, d.ID)).Dangerous()
	return d, edit{
		form:  f,
		apply: func(draft *broker.DestinationDraft) { draft.Services = replaced(draft.Services, was.Identifier) },
		show: func() error {
			name := s.serviceName(v, was.Identifier)
			return v.Show("withdraw", page.View{Title: v.T("withdraw.title"), Crumbs: crumbs(v, d), Form: f, Data: named{was.Identifier, name}})
		},
	}, nil
}

func (s *Service) askWithdrawOffer(v *page.Visit) error {
	_, e, err := s.withdrawing(v)
	if err != nil {
		return err
	}
	return e.show()
}

func (s *Service) withdrawOffer(v *page.Visit) error {
	d, e, err := s.withdrawing(v)
	if err != nil {
		return err
	}
	return s.changeTo(v, d.ID, e, "withdraw.done")
}
