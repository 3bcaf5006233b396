package route

import (
	"encoding/json"
	"strconv"
	"sync/atomic"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// mostEncoded is how many bytes of encoded routes are kept.
const mostEncoded = 64 << 20

// encoder keeps the JSON of the routes that were asked for: it is nearly all of an answer, half of its cost, and the same until the
// routes change.
type encoder struct{ current atomic.Pointer[encodings] }

// encodings are those of a view.
type encodings struct {
	view   broker.View
	routes []atomic.Pointer[[]byte] // by number; nil was not asked for yet
	kept   atomic.Int64             // bytes
}

// of is the encodings of a view. Two that are made at the same moment are both right, and one is kept.
func (e *encoder) of(view broker.View) *encodings {
	if now := e.current.Load(); now != nil && now.view == view {
		return now
	}
	fresh := &encodings{view: view, routes: make([]atomic.Pointer[[]byte], view.Len())}
	e.current.Store(fresh)
	return fresh
}

func (e *encodings) route(n uint32) ([]byte, error) {
	if kept := e.routes[n].Load(); kept != nil {
		return *kept, nil
	}
	text, err := json.Marshal(routeOf(e.view.Route(n)))
	if err == nil && e.kept.Add(int64(len(text))) <= mostEncoded {
		e.routes[n].Store(&text)
	}
	return text, err
}

// list is the JSON of a [wire.RouteList] with these routes.
func (e *encodings) list(counted wire.Counted, routes []uint32) ([]byte, error) {
	size := 128       // of what is around them
	var few [8][]byte // as many as most answers have
	parts := few[:0]
	for _, n := range routes {
		one, err := e.route(n)
		if err != nil {
			return nil, err
		}
		parts = append(parts, one)
		size += len(one) + 1
	}
	text := make([]byte, 0, size)
	text = strconv.AppendInt(append(text, `{"count":`...), int64(counted.Count), 10)
	text = strconv.AppendInt(append(text, `,"offset":`...), int64(counted.Offset), 10)
	text = strconv.AppendInt(append(text, `,"totalCount":`...), int64(counted.TotalCount), 10)
	text = append(text, `,"routes":[`...)
	for i, one := range parts {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, one...)
	}
	return append(text, "]}\n"...), nil
}
