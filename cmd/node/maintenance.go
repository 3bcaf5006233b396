package node

import (
	"net/http"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// MaintenanceState is what is announced; nothing, if it is nil.
type MaintenanceState struct {
	Maintenance *wire.Maintenance `json:"maintenance"`
}

// readMaintenance is GET /maintenance.
func (n *Node) readMaintenance(*http.Request) (any, error) {
	notice, told := n.Broker.Notices.Current()
	if !told {
		return MaintenanceState{}, nil
	}
	m := wire.Maintenance(notice)
	return MaintenanceState{&m}, nil
}

// announceMaintenance is PUT /maintenance.
func (n *Node) announceMaintenance(r *http.Request) (any, error) {
	asked, err := readBody[wire.Maintenance](r)
	if err != nil {
		return nil, err
	}
	if err := n.Broker.Notices.Announce(r.Context(), broker.Operator(""), broker.Notice(asked)); err != nil {
		return nil, err
	}
	n.log.Info("maintenance announced", "from", asked.From.UTC(), "until", asked.Until.UTC(), "read_only", asked.ReadOnly)
	return n.readMaintenance(r)
}

// withdrawMaintenance is DELETE /maintenance.
func (n *Node) withdrawMaintenance(r *http.Request) (any, error) {
	if err := n.Broker.Notices.Withdraw(r.Context(), broker.Operator("")); err != nil {
		return nil, err
	}
	n.log.Info("maintenance withdrawn")
	return MaintenanceState{}, nil
}
