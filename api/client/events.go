package client

import (
	"context"
	"fmt"
	"net/http"

	"github.com/vierkant/vierkant/api/wire"
)

const (
	maxEvents = 10_000   // of one case; more than any case has
	logLimit  = 64 << 20 // bytes of one page of a log, whose tokens may carry tags of many attachments
)

// Events reads the whole event log of a case and verifies every entry (FIT-Connect contract 6.6): header, payload schema,
// issuer (the service at the configured SubmissionURL, or the destination of the submission), its key, the signature, its right
// to issue this event, case and subject, time of issue, the order of events, and that all of them mean the same parts. An entry
// that does not hold is an [*EventError]; none is left out. A log that lacks the submission's announcement is an error too.
func (c *Client) Events(ctx context.Context, ref Ref) (Log, error) {
	ref, err := ref.Canonical()
	if err != nil {
		return nil, err
	}
	tokens, err := c.eventLog(ref.CaseID).all(ctx, maxEvents)
	if err != nil {
		return nil, fmt.Errorf("event log of case %s: %w", ref.CaseID, err)
	}
	own, err := c.keySet(ctx, c.base.submission)
	if err != nil {
		return nil, err
	}
	log, err := c.verifyLog(ctx, ref, own, tokens)
	if err != nil {
		return nil, err
	}
	if log.State(ref.SubmissionID) == "" {
		return nil, fmt.Errorf("event log of case %s: nothing is said about submission %s", ref.CaseID, ref.SubmissionID)
	}
	return log, nil
}

// eventLog reads the signed events of a case.
func (c *Client) eventLog(id CaseID) page[string] {
	return func(ctx context.Context, offset, limit int) ([]string, int, error) {
		address := fmt.Sprintf("%s/v2/cases/%s/events?offset=%d&limit=%d", c.base.submission, id, offset, limit)
		a, err := c.transport.do(ctx, call{method: http.MethodGet, url: address, token: true, limit: logLimit})
		if err != nil {
			return nil, 0, err
		}
		var log wire.EventLog
		err = a.decode(&log)
		return log.EventLog, log.TotalCount, err
	}
}
