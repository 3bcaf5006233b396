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

// Events reads the whole event log of a case and verifies every entry: [Client.Evidence] without what it would need to be
// verified again.
func (c *Client) Events(ctx context.Context, ref Ref) (Log, error) {
	_, log, err := c.Evidence(ctx, ref)
	return log, err
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
