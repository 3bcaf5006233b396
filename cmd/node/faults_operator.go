package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/rehearsal"
)

// FaultKind says what goes wrong; see package rehearsal.
type FaultKind = rehearsal.Kind

// FaultDraft asks for a fault; see package rehearsal for what each kind does.
type FaultDraft struct {
	Kind   FaultKind       `json:"kind"`
	Client broker.ClientID `json:"client,omitempty"` // none: all
	Next   int             `json:"next,omitempty"`   // 0: any number
	Share  float64         `json:"share,omitempty"`  // 0: all
	For    string          `json:"for,omitempty"`    // like 10m
	Time   string          `json:"time,omitempty"`   // like 5s
	Times  int             `json:"times,omitempty"`
}

// FaultState is a fault in force.
type FaultState struct {
	ID     rehearsal.ID    `json:"id"`
	Kind   FaultKind       `json:"kind"`
	Client broker.ClientID `json:"client,omitempty"`
	Next   int             `json:"next,omitempty"`
	Share  float64         `json:"share"`
	Until  time.Time       `json:"until"`
	Time   string          `json:"time,omitempty"`
	Times  int             `json:"times,omitempty"`
	Hits   int             `json:"hits"`
}

// FaultList is all that are in force.
type FaultList struct {
	Faults []FaultState `json:"faults"`
}

func stateOf(f rehearsal.Fault) FaultState {
	s := FaultState{ID: f.ID, Kind: f.Kind, Client: f.Client, Next: f.Next, Share: f.Share, Until: f.Until.UTC(), Times: f.Times, Hits: f.Hits}
	if f.Time != 0 {
		s.Time = f.Time.String()
	}
	return s
}

func listOf(faults []rehearsal.Fault) FaultList {
	all := FaultList{Faults: []FaultState{}}
	for _, f := range faults {
		all.Faults = append(all.Faults, stateOf(f))
	}
	return all
}

// fault reads a draft.
func (d FaultDraft) fault(now time.Time) (f rehearsal.Fault, err error) {
	f = rehearsal.Fault{Kind: d.Kind, Client: d.Client, Next: d.Next, Share: d.Share, Times: d.Times}
	if d.For != "" {
		lasts, err := time.ParseDuration(d.For)
		if err != nil {
			return f, fmt.Errorf("for: %q is no duration like 10m", d.For)
		}
		f.Until = now.Add(lasts)
	}
	if d.Time != "" {
		if f.Time, err = time.ParseDuration(d.Time); err != nil {
			return f, fmt.Errorf("time: %q is no duration like 5s", d.Time)
		}
	}
	return f, nil
}

// mayRehearse refuses where there are no faults on request, or would be none by the time they are needed.
func (n *Node) mayRehearse() error {
	switch {
	case n.faults == nil:
		return fmt.Errorf("there are no faults on request in %s: rehearse in test", n.cfg.Environment.Name)
	case n.stopWork == nil:
		return errors.New("the node is not running, and faults end with its process: start it first")
	}
	return nil
}

// listFaults is GET /test/faults.
func (n *Node) listFaults(*http.Request) (any, error) {
	if err := n.mayRehearse(); err != nil {
		return nil, err
	}
	return listOf(n.faults.List()), nil
}

// addFault is POST /test/faults.
func (n *Node) addFault(r *http.Request) (any, error) {
	if err := n.mayRehearse(); err != nil {
		return nil, err
	}
	draft, err := readBody[FaultDraft](r)
	if err != nil {
		return nil, err
	}
	f, err := draft.fault(n.now())
	if err == nil {
		err = n.knowsClient(r.Context(), f.Client)
	}
	if err == nil {
		f, err = n.faults.Add(f)
	}
	if err != nil {
		return nil, err
	}
	return stateOf(f), n.noteFault(r.Context(), "fault.begun", f)
}

// knowsClient refuses a fault that could not concern anybody.
func (n *Node) knowsClient(ctx context.Context, id broker.ClientID) error {
	if id == "" {
		return nil
	}
	return n.store.View(ctx, func(tx broker.Tx) error {
		_, err := tx.Client(id)
		if errors.Is(err, broker.ErrNoRow) {
			return fmt.Errorf("there is no client %s in %s", id, n.cfg.Environment.Name)
		}
		return err
	})
}

// clearFaults is DELETE /test/faults, of one that is named or of all.
func (n *Node) clearFaults(r *http.Request) (any, error) {
	if err := n.mayRehearse(); err != nil {
		return nil, err
	}
	ended, err := n.faults.Clear(rehearsal.ID(r.URL.Query().Get("id")))
	for _, f := range ended {
		err = errors.Join(err, n.noteFault(r.Context(), "fault.cleared", f))
	}
	return listOf(ended), err
}

// noteFault writes down for everybody who wonders later why something failed that it was asked for.
func (n *Node) noteFault(ctx context.Context, deed string, f rehearsal.Fault) error {
	n.log.Info(deed, "fault", f.ID, "kind", f.Kind, "client", f.Client, "until", f.Until.UTC())
	return n.store.Update(ctx, func(tx broker.Tx) error {
		return broker.Note(tx, n.now(), broker.Operator(""), broker.Deed{Deed: deed, Subject: string(f.ID), Detail: string(f.Kind)})
	})
}
