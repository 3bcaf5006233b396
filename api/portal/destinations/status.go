package destinations

import (
	"slices"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// moving is the question whether the status shall change, with what that means.
type moving struct {
	broker.DestinationSummary
	broker.DestinationMove
	On broker.Dependents
}

func (s *Service) moving(v *page.Visit) (m moving, e edit, err error) {
	if m.DestinationSummary, err = s.asked(v); err != nil {
		return m, e, err
	}
	if m.On, err = s.Destinations.Dependents(v.Request().Context(), v.Who(), m.ID); err != nil {
		return m, e, err
	}
	i := slices.IndexFunc(m.On.Moves, func(move broker.DestinationMove) bool { return string(move.To) == v.Param("status") })
	if i < 0 {
		return m, e, broker.Conflict.New("destination-state-invalid", "the status cannot change from %s to this one", m.Status)
	}
	m.DestinationMove = m.On.Moves[i]
	fields := []*page.Field{seen(m.Destination)}
	if m.To == broker.DestinationDecommissioned {
		fields = append(fields, page.Check("sure").Require())
	}
	f := v.Form("status", fields...).Or(at(v, m.ID))
	f.Submit, f.Danger = v.T("status."+string(m.To)+".do"), m.To != broker.DestinationActive
	return m, edit{
		form:  f,
		apply: func(draft *broker.DestinationDraft) { draft.Status = m.To },
		show: func() error {
			return v.Show("status", page.View{Title: v.T("status." + string(m.To) + ".title"), Crumbs: crumbs(v, m.Destination), Form: f, Data: m})
		},
	}, nil
}

func (s *Service) askStatus(v *page.Visit) error {
	_, e, err := s.moving(v)
	if err != nil {
		return err
	}
	return e.show()
}

func (s *Service) setStatus(v *page.Visit) error {
	m, e, err := s.moving(v)
	if err != nil {
		return err
	}
	return s.changeTo(v, m.ID, e, "status."+string(m.To)+".done")
}

func (s *Service) deleting(v *page.Visit) (broker.Destination, *page.Form, func() error, error) {
	sum, err := s.asked(v)
	if err != nil {
		return sum.Destination, nil, nil, err
	}
	f := v.Form("delete").Or(at(v, sum.ID)).Dangerous()
	show := func() error {
		return v.Show("delete", page.View{Title: v.T("delete.title"), Crumbs: crumbs(v, sum.Destination), Form: f, Data: nameOf(v, sum.Destination)})
	}
	return sum.Destination, f, show, nil
}

func (s *Service) askDelete(v *page.Visit) error {
	_, _, show, err := s.deleting(v)
	if err != nil {
		return err
	}
	return show()
}

func (s *Service) delete(v *page.Visit) error {
	d, f, show, err := s.deleting(v)
	if err != nil {
		return err
	}
	f.Read()
	if err := s.Destinations.Delete(v.Request().Context(), v.Who(), d.ID); err != nil {
		return refuse(f, err, show)
	}
	return v.Done(v.Home()+"/destinations", "delete.done", nameOf(v, d))
}
