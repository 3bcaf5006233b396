package manage

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/broker/operation"
)

// operation is GET /operation.
func (s *Service) operation(c echo.Context) error {
	found, err := s.Operation.Report(c.Request().Context(), auth.Caller(c))
	return answer(c, http.StatusOK, viewOperation, found, err)
}

func viewOperation(r operation.Report) wire.Operation {
	view := wire.Operation{
		At: r.At.UTC(), Deadline: r.Deadline.UTC(), Signing: viewBacklog(r.Signing), Callbacks: viewBacklog(r.Callbacks),
		LagSeconds: int64(r.Lag.Seconds()), Waiting: viewWaiting(r.Waiting), Keys: viewKeySurvey(r.Keys), AllEndpoints: r.AllEndpoints,
		Endpoints: []wire.OperationEndpoint{}, Findings: []wire.OperationFinding{},
	}
	if r.Disk.Total > 0 {
		view.Disk = &wire.OperationDisk{Free: r.Disk.Free, Total: r.Disk.Total}
	}
	for _, e := range r.Endpoints {
		view.Endpoints = append(view.Endpoints, viewTroubled(e))
	}
	for _, f := range r.Findings {
		view.Findings = append(view.Findings, wire.OperationFinding{Subject: f.Subject, Grade: string(f.Grade), Text: f.Text, Remedy: f.Remedy})
	}
	if n := r.Notice; n != nil {
		view.Maintenance = &wire.OperationNotice{From: n.From.UTC(), Until: n.Until.UTC(), ReadOnly: n.ReadOnly, Text: n.Text}
	}
	return view
}

func viewBacklog(b broker.Backlog) wire.OperationBacklog {
	return wire.OperationBacklog{Count: b.Count, Oldest: instant(b.Oldest)}
}

func viewWaiting(w operation.Waiting) wire.OperationWaiting {
	view := wire.OperationWaiting{At: w.At.UTC(), Count: w.Count, Destinations: []wire.OperationWaitingDestination{}}
	for _, s := range w.Slowest {
		view.Destinations = append(view.Destinations, wire.OperationWaitingDestination{
			DestinationID: string(s.Destination), Name: s.Name, OrgID: string(s.Org.ID), OrgName: s.Org.Name,
			Status: string(s.Status), Count: s.Count, Oldest: s.Oldest.UTC(),
		})
	}
	return view
}

// viewTroubled leaves out all of the URL but its host: the rest is between the organisation and its system.
func viewTroubled(e broker.Endpoint) wire.OperationEndpoint {
	to, id := e.Receiver.Parts()
	view := wire.OperationEndpoint{
		OrgID: string(e.Org), To: to, ID: id, State: string(e.State()), Failures: e.Failures, Since: e.Since.UTC(), Until: instant(e.Until),
		Status: e.Last.Status, Reason: e.Last.Reason,
	}
	if u, err := url.Parse(e.URL); err == nil {
		view.Host = u.Host
	}
	return view
}

func viewKeySurvey(s keycare.Survey) *wire.OperationKeys {
	if s.At.IsZero() {
		return nil
	}
	view := &wire.OperationKeys{At: s.At.UTC(), Ended: s.Ended, Revoked: s.Revoked, Unknown: s.Unknown, Soonest: []wire.OperationKey{}}
	for _, k := range s.Soonest {
		view.Soonest = append(view.Soonest, wire.OperationKey{DestinationID: string(k.Destination), KID: k.KID, Use: useOf(k.Encryption), Expires: k.Expires.UTC()})
	}
	return view
}
