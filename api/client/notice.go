package client

import (
	"net/http"
	"sync/atomic"

	"github.com/vierkant/vierkant/api/wire"
)

// Maintenance is what a service announces: from when until when it is worked on, and whether nothing can be changed meanwhile.
type Maintenance = wire.Maintenance

// notices tells of maintenance, once of each that is announced.
type notices struct {
	tell func(Maintenance)
	last atomic.Pointer[Maintenance]
}

// heed looks at the headers of an answer.
func (n *notices) heed(h http.Header) {
	if n == nil || n.tell == nil {
		return
	}
	said := h.Get(wire.MaintenanceHeader)
	if said == "" {
		return
	}
	m, ok := wire.ReadMaintenance(said)
	if last := n.last.Load(); !ok || last != nil && *last == m {
		return
	}
	n.last.Store(&m)
	n.tell(m)
}
