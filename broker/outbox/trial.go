package outbox

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/broker"
)

// nothing is the id of a submission and of a case that there are not. A call that only tries names them, so that it is one of the contract,
// which any receiver knows, and tells of nothing: whoever looks finds no event.
const nothing = "00000000-0000-0000-0000-000000000000"

// Try calls a destination, once, and shows what was sent and what came of it. Nothing else follows: the endpoint is not paused by a
// failure, nor resumed by a success.
func (o *Outbox) Try(ctx context.Context, who broker.Caller, id broker.DestinationID) (broker.Trial, error) {
	target, err := o.cfg.Deliveries.MayTest(ctx, who, id)
	if err != nil {
		return broker.Trial{}, err
	}
	raw := body(broker.Delivery{Type: broker.NewEvents, Destination: id, Submission: nothing, Case: nothing})
	is := outcome{url: target.URL, at: o.cfg.Now()}
	var sent http.Header
	is.answer, is.former, is.err = o.post(ctx, "test-"+broker.NewID[string](), raw, target, func(h http.Header) { sent = h })
	is.took = o.cfg.Now().Sub(is.at)
	t := broker.Trial{
		URL: is.url, At: is.at, Took: is.took, Status: is.answer.Status, Taken: is.taken(), Reason: is.reason(),
		Headers: shown(sent), Body: string(raw),
	}
	return t, o.cfg.Deliveries.Tested(ctx, who, id, strings.TrimSpace(fmt.Sprintf("%d %s", t.Status, t.Reason)))
}

// shown lists headers by name, in the small letters that the contract's documents write.
func shown(h http.Header) (all []broker.TrialHeader) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		all = append(all, broker.TrialHeader{Name: strings.ToLower(name), Value: h.Get(name)})
	}
	return all
}
