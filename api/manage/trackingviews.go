package manage

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/tracking"
	"github.com/vierkant/vierkant/crypto/set"
)

// trackingQuery reads the parameters of a list.
func trackingQuery(c echo.Context) (q tracking.Query, err error) {
	query, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return q, err
	}
	page, err := query.Page()
	if err != nil {
		return q, err
	}
	q.Limit = page.Limit
	for name, read := range map[string]func(string) error{
		"side":              func(text string) error { q.Side = tracking.Side(text); return nil },
		"kind":              func(text string) error { q.Kind = broker.SubmissionKind(text); return nil },
		"state":             func(text string) error { q.State = broker.State(text); return nil },
		"serviceIdentifier": func(text string) error { q.Service = text; return nil },
		"destinationId": func(text string) (err error) {
			q.Destination, err = broker.ParseID[broker.DestinationID](text)
			return err
		},
		"clientId": func(text string) (err error) { q.Client, err = broker.ParseID[broker.ClientID](text); return err },
		"from":     func(text string) (err error) { q.From, err = timeIn("from", text); return err },
		"until":    func(text string) (err error) { q.Until, err = timeIn("until", text); return err },
		"after":    func(text string) (err error) { q.After, err = tracking.ParseMark(text); return err },
	} {
		text, given, err := query.One(name)
		if err == nil && given {
			err = read(text)
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func timeIn(name, text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, &wire.Error{Member: name, Want: "must be a time like 2026-11-22T08:00:00Z"}
	}
	return at, nil
}

func viewTracked(e tracking.Entry) wire.Tracked {
	view := wire.Tracked{
		CaseID: string(e.Case), DestinationID: string(e.Destination), Destination: e.DestinationName, ClientID: string(e.Client), Client: e.ClientName,
		From:    "destination",
		Service: wire.PublicService{Name: e.Service.Name, Identifier: e.Service.Identifier, Description: e.Service.Description},
		Region:  e.Region, State: string(e.State), Turn: string(e.Turn), Attachments: e.Attachments,
		AnnouncedAt: e.Created.UTC(), SubmittedAt: instant(e.Submitted), DecidedAt: instant(e.Decided),
	}
	view.SubmissionID, view.ReplyID = idOf(e.Kind, e.ID)
	if e.FromSender {
		view.From = "sender"
	}
	return view
}

// idOf is the id of a submission or that of a reply.
func idOf(k broker.SubmissionKind, id broker.SubmissionID) (submission, reply string) {
	if k == broker.KindReply {
		return "", string(id)
	}
	return string(id), ""
}

func viewTrackedAll(all []tracking.Entry) []wire.Tracked {
	views := make([]wire.Tracked, len(all))
	for i, e := range all {
		views[i] = viewTracked(e)
	}
	return views
}

func viewTrackedList(p tracking.Page[tracking.Entry]) wire.TrackedList {
	return wire.TrackedList{Submissions: viewTrackedAll(p.Items), Next: tracking.FormatMark(p.Next)}
}

func viewTrackedCase(c tracking.Case) wire.TrackedCase {
	return wire.TrackedCase{
		CaseID: string(c.ID), DestinationID: string(c.Destination), OpenedAt: c.Created.UTC(), ChangedAt: c.Changed.UTC(), Events: c.Events,
		Entries: viewTrackedAll(c.Entries),
	}
}

func viewTrackedCases(p tracking.Page[tracking.Case]) wire.TrackedCases {
	view := wire.TrackedCases{Cases: make([]wire.TrackedCase, len(p.Items)), Next: tracking.FormatMark(p.Next)}
	for i, c := range p.Items {
		view.Cases[i] = viewTrackedCase(c)
	}
	return view
}

func viewTrackedEvent(e tracking.Event) wire.TrackedEvent {
	view := wire.TrackedEvent{
		Number: e.Number, EventID: string(e.ID), Type: e.Type, By: string(e.By), Issuer: e.Issuer, IssuedAt: instant(e.Issued),
		RecordedAt: e.Recorded.UTC(), Verdict: string(e.Verdict), KeyID: e.KID, NotifyType: e.Notified, Token: e.Token,
		Deletion: viewDeletion(e.Deletion),
	}
	view.SubmissionID, view.ReplyID = idOf(e.Kind, e.Submission)
	for _, p := range e.Problems {
		view.Problems = append(view.Problems, wire.EventProblem(p))
	}
	return view
}

func viewDeletion(d *set.Deletion) *wire.DeletionRecord {
	if d == nil {
		return nil
	}
	return &wire.DeletionRecord{DeletedAt: d.DeletedAt, SHA256: wire.PartDigests(d.SHA256)}
}

func viewFound(f tracking.Found) wire.FoundID {
	return wire.FoundID{
		SubmissionID: string(f.Submission), CaseID: string(f.Case), DestinationID: string(f.Destination), ClientID: string(f.Client),
		DeliveryID: string(f.Delivery), ReceiverID: f.Receiver,
	}
}
