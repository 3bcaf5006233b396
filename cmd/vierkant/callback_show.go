package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

func showCallbackStatus(st wire.CallbackStatus) func(io.Writer) {
	return func(to io.Writer) {
		table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
		defer table.Flush()
		line := func(name, format string, args ...any) {
			fmt.Fprintf(table, "%s\t%s\n", name, printable(fmt.Sprintf(format, args...)))
		}
		line("Receiver", "%s %s", st.ReceiverKind, st.ReceiverID)
		switch {
		case st.ReceiverKind == "sender":
			line("Address", "named with each submission")
		case st.URL == "":
			line("Address", "none: it is not called")
		default:
			line("Address", "%s", st.URL)
		}
		if st.FormerSecretUntil != nil {
			line("Secret", "the one before is good too, until %s", when(*st.FormerSecretUntil))
		}
		line("Kept", "%d callbacks; of the latest 500, %d are owed and %d were given up", st.Kept, st.Owed, st.GivenUp)
		if st.OldestOwedAt != nil {
			line("Oldest owed", "since %s", when(*st.OldestOwedAt))
		}
		if st.Latest != nil {
			line("Latest", "%s, callback %s", attemptText(st.Latest.Attempts[len(st.Latest.Attempts)-1]), st.Latest.DeliveryID)
		}
		if len(st.Endpoints) == 0 {
			line("Trouble", "none")
		}
		for _, e := range st.Endpoints {
			line("Trouble", "%s, %d failures in a row since %s at %s; latest: %s", stateOfEndpoint(e), e.Failures, when(e.Since), e.URL, attemptText(e.Last))
		}
	}
}

func showDelivery(d wire.CallbackDelivery) func(io.Writer) {
	return func(to io.Writer) {
		about := "submission " + d.SubmissionID
		if d.ReplyID != "" {
			about = "reply " + d.ReplyID
		}
		fmt.Fprintf(to, "Callback %s tells %s %s of %s: %s.\nIt is %s", d.DeliveryID, d.ReceiverKind, d.ReceiverID, about, d.Type, d.State)
		switch {
		case d.NextAt != nil:
			fmt.Fprintf(to, ", due %s.\n", when(*d.NextAt))
		case d.OverAt != nil:
			fmt.Fprintf(to, " since %s.\n", when(*d.OverAt))
		}
		if d.ReplayedAt != nil {
			fmt.Fprintf(to, "It was replayed %s.\n", when(*d.ReplayedAt))
		}
		for _, a := range d.Attempts {
			fmt.Fprintln(to, " ", printable(attemptText(a)))
		}
	}
}

// attemptText is an attempt in one line.
func attemptText(a wire.CallbackAttempt) string {
	return fmt.Sprintf("%s  %s, after %s", when(a.At), outcomeText(a.Status, a.Reason), time.Duration(a.Milliseconds)*time.Millisecond)
}

func outcomeText(status int, reason string) string {
	if status == 0 {
		return reason
	}
	return strings.TrimSuffix(fmt.Sprintf("%d %s", status, reason), " ")
}

func showTrial(t wire.CallbackTrial) func(io.Writer) {
	return func(to io.Writer) {
		fmt.Fprintf(to, "POST %s\n", printable(t.URL))
		for _, h := range t.Headers {
			fmt.Fprintf(to, "%s: %s\n", h.Name, printable(h.Value))
		}
		fmt.Fprintf(to, "\n%s\n\n%s, after %s\n", printable(t.Body), printable(outcomeText(t.Status, t.Reason)), time.Duration(t.Milliseconds)*time.Millisecond)
	}
}
