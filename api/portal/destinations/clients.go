package destinations

import (
	"context"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
)

// assigning is what a service does with an assignment.
type assigning func(context.Context, broker.Caller, broker.DestinationID, broker.ClientID) error

func (s *Service) changeAssignment(v *page.Visit, client string, do assigning, notice string) error {
	sum, err := s.asked(v)
	if err != nil {
		return err
	}
	id, err := broker.ParseID[broker.ClientID](client)
	if err != nil {
		return err
	}
	if err := do(v.Request().Context(), v.Who(), sum.ID, id); err != nil {
		return err
	}
	return v.Done(at(v, sum.ID), notice)
}

// assign is sent by the page of a destination, which offers only clients that there are: whatever else was sent, the service says no.
func (s *Service) assign(v *page.Visit) error {
	return s.changeAssignment(v, v.FormValue("client"), s.Destinations.Assign, "assign.done")
}

func (s *Service) unassign(v *page.Visit) error {
	return s.changeAssignment(v, v.Param("client"), s.Destinations.Unassign, "unassign.done")
}

// clientsOf tells apart the subscribers that fetch from a destination and those that could.
func (s *Service) clientsOf(v *page.Visit, d broker.Destination) (assigned []broker.Client, others []page.Option, err error) {
	p := broker.Page{Limit: broker.MaxPage}
	for more := 1; p.Offset < more; p.Offset += p.Limit {
		all, total, err := s.Clients.List(v.Request().Context(), v.Who(), p)
		if err != nil {
			return nil, nil, err
		}
		more = total
		for _, c := range all {
			switch {
			case d.AssignedTo(c.ID):
				assigned = append(assigned, c.Client)
			case c.Kind == broker.Subscriber:
				others = append(others, page.Option{Value: string(c.ID), Label: c.Name})
			}
		}
	}
	return assigned, others, nil
}
