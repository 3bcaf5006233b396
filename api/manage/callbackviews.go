package manage

import (
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

func viewEndpoint(e broker.Endpoint) wire.CallbackEndpoint {
	kind, id := e.Receiver.Parts()
	view := wire.CallbackEndpoint{
		ReceiverKind: kind, ReceiverID: id, URL: e.URL, State: string(e.State()), Failures: e.Failures, Since: e.Since.UTC(),
		Last: viewAttempt(e.Last),
	}
	if e.State() == broker.EndpointPaused {
		view.PausedUntil = instant(e.Until)
	}
	return view
}

func viewAttempt(a broker.Attempt) wire.CallbackAttempt {
	return wire.CallbackAttempt{At: a.At.UTC(), Milliseconds: a.Took.Milliseconds(), Status: a.Status, Reason: a.Reason}
}

func viewDelivery(d broker.Delivery) wire.CallbackDelivery {
	kind, id := d.Receiver().Parts()
	view := wire.CallbackDelivery{
		DeliveryID: string(d.ID), Type: string(d.Type), State: stateOf(d), ReceiverKind: kind, ReceiverID: id, DestinationID: string(d.Destination),
		CaseID: string(d.Case), CreatedAt: d.Created.UTC(), ReplayedAt: instant(d.Replayed), OverAt: instant(d.Over),
		Attempts: make([]wire.CallbackAttempt, len(d.Attempts)),
	}
	if d.Kind == broker.KindReply {
		view.ReplyID = string(d.Submission)
	} else {
		view.SubmissionID = string(d.Submission)
	}
	if d.Over.IsZero() {
		view.NextAt = instant(d.NotBefore)
	}
	for i, a := range d.Attempts {
		view.Attempts[i] = viewAttempt(a)
	}
	return view
}

func stateOf(d broker.Delivery) string {
	switch {
	case d.Over.IsZero():
		return "owed"
	case d.GivenUp:
		return "given-up"
	}
	return "delivered"
}

func viewCallbackStatus(st broker.CallbackStatus) wire.CallbackStatus {
	kind, id := st.Receiver.Parts()
	view := wire.CallbackStatus{
		ReceiverKind: kind, ReceiverID: id, URL: st.URL, FormerSecretUntil: instant(st.FormerUntil), Kept: st.Kept, Owed: st.Owed,
		OldestOwedAt: instant(st.OldestOwed), GivenUp: st.GivenUp, Endpoints: make([]wire.CallbackEndpoint, len(st.Trouble)),
	}
	if st.Latest.ID != "" {
		latest := viewDelivery(st.Latest)
		view.Latest = &latest
	}
	for i, e := range st.Trouble {
		view.Endpoints[i] = viewEndpoint(e)
	}
	return view
}

func viewTrial(t broker.Trial) wire.CallbackTrial {
	view := wire.CallbackTrial{
		URL: t.URL, At: t.At.UTC(), Milliseconds: t.Took.Milliseconds(), Status: t.Status, Taken: t.Taken, Reason: t.Reason, Body: t.Body,
		Headers: make([]wire.TrialHeader, len(t.Headers)),
	}
	for i, h := range t.Headers {
		view.Headers[i] = wire.TrialHeader(h)
	}
	return view
}

func viewCount(n int) wire.CallbackCount { return wire.CallbackCount{Count: n} }
