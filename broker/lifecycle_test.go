package broker_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/set"
)

// TestLifecycleIsExactly walks every state, event and author; what the table below does not list must be refused, and as the right
// kind: Conflict where the author may issue the event in some other state, Unprocessable where never.
func TestLifecycleIsExactly(t *testing.T) {
	t.Parallel()
	const service, subscriber = broker.AuthorService, broker.AuthorSubscriber
	type step struct {
		from  broker.State
		event string
		by    broker.Author
	}
	allowed := map[step]broker.State{
		{"", set.CreateSubmission, service}: broker.StateIncomplete,

		{broker.StateIncomplete, set.SubmitSubmission, service}: broker.StateSubmitted,
		{broker.StateIncomplete, set.DeleteSubmission, service}: broker.StateDeleted,

		{broker.StateSubmitted, set.NotifySubmission, service}:     broker.StateSubmitted,
		{broker.StateSubmitted, set.ForwardSubmission, subscriber}: broker.StateForwarded,
		{broker.StateSubmitted, set.AcceptSubmission, subscriber}:  broker.StateAccepted,
		{broker.StateSubmitted, set.RejectSubmission, subscriber}:  broker.StateRejected,
		{broker.StateSubmitted, set.RejectSubmission, service}:     broker.StateRejected,

		{broker.StateForwarded, set.NotifySubmission, service}:    broker.StateForwarded,
		{broker.StateForwarded, set.AcceptSubmission, subscriber}: broker.StateAccepted,
		{broker.StateForwarded, set.RejectSubmission, subscriber}: broker.StateRejected,
		{broker.StateForwarded, set.RejectSubmission, service}:    broker.StateRejected,

		{broker.StateAccepted, set.DeleteSubmission, service}: broker.StateDeleted,
		{broker.StateRejected, set.DeleteSubmission, service}: broker.StateDeleted,

		{"", set.CreateReply, service}: broker.StateIncomplete,

		{broker.StateIncomplete, set.SubmitReply, service}: broker.StateSubmitted,
		{broker.StateIncomplete, set.DeleteReply, service}: broker.StateDeleted,

		{broker.StateSubmitted, set.NotifyReply, service}:    broker.StateSubmitted,
		{broker.StateSubmitted, set.AcceptReply, subscriber}: broker.StateAccepted,
		{broker.StateSubmitted, set.AcceptReply, service}:    broker.StateAccepted,
		{broker.StateSubmitted, set.RejectReply, subscriber}: broker.StateRejected,
		{broker.StateSubmitted, set.RejectReply, service}:    broker.StateRejected,

		{broker.StateAccepted, set.DeleteReply, service}: broker.StateDeleted,
		{broker.StateRejected, set.DeleteReply, service}: broker.StateDeleted,
	}
	states := []broker.State{"", broker.StateIncomplete, broker.StateSubmitted, broker.StateForwarded, broker.StateAccepted, broker.StateRejected, broker.StateDeleted}
	events := []string{
		set.CreateSubmission, set.SubmitSubmission, set.NotifySubmission, set.ForwardSubmission, set.AcceptSubmission,
		set.RejectSubmission, set.DeleteSubmission, set.CreateReply, set.SubmitReply, set.NotifyReply, set.AcceptReply, set.RejectReply,
		set.DeleteReply, "https://example.org/unknown", "",
	}
	entitled := func(event string, by broker.Author) bool {
		for s := range allowed {
			if s.event == event && s.by == by {
				return true
			}
		}
		return false
	}
	for _, kind := range []broker.SubmissionKind{broker.KindSubmission, broker.KindReply} {
		about := func(event string) bool { return strings.HasSuffix(event, string(kind)) }
		for _, from := range states {
			for _, event := range events {
				for _, by := range []broker.Author{service, subscriber} {
					t.Run(fmt.Sprintf("%s/%s/%s/%d", kind, from, event, by), func(t *testing.T) {
						got, err := from.Next(kind, event, by)
						want, ok := allowed[step{from, event, by}]
						may := entitled(event, by) && about(event)
						switch {
						case ok && about(event) && (err != nil || got != want):
							t.Errorf("got %q, %v; want %q", got, err, want)
						case !(ok && about(event)) && may && !errors.Is(err, broker.Conflict):
							t.Errorf("got %q, %v; want a Conflict", got, err)
						case !may && !errors.Is(err, broker.Unprocessable):
							t.Errorf("got %q, %v; want Unprocessable", got, err)
						}
					})
				}
			}
		}
	}
}
