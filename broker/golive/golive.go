package golive

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Config is what a Service needs. All fields are required but Faults and Next.
type Config struct {
	Store   broker.Store
	Keyring *broker.Keyring // whose portal keys sign reports
	Now     func() time.Time

	Environment string // name of this one
	Portal      string // base URL of the portal, which issues reports
	Faults      bool   // whether faults can be asked for here

	// Next is the rules that keys of destinations have to pass where the subjects go from here; without a name of its own this is the last environment.
	Next keys.Policy

	Routes    func(broker.DestinationID) []broker.Route             // published ones
	Confirmed func(tx broker.Tx, address string) (time.Time, error) // since when mail may go there; zero: it may not
}

// Service answers what is on the checklists, and takes what organisations declare.
type Service struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	for _, required := range []struct {
		name    string
		present bool
	}{
		{"Store", cfg.Store != nil}, {"Keyring", cfg.Keyring != nil}, {"Now", cfg.Now != nil}, {"Environment", cfg.Environment != ""},
		{"Portal", cfg.Portal != ""}, {"Routes", cfg.Routes != nil}, {"Confirmed", cfg.Confirmed != nil}, {"Next", cfg.Next.Name != ""},
	} {
		if !required.present {
			return nil, errors.New("golive: config lacks " + required.name)
		}
	}
	return &Service{cfg}, nil
}

// State says where a point stands.
type State string

// The states.
const (
	Open          State = "open"
	Done          State = "done"
	NotApplicable State = "not-applicable" // this subject cannot, or need not, reach it
)

// Item is a point of a checklist.
type Item struct {
	Point    Point
	Source   Source
	State    State
	Required bool
	Title    string    // for people, in English, or the organisation's own words
	At       time.Time // when it happened first, since when it is so, or when it was ticked; zero: open, or nobody knows
	Shown    Evidence
	Reason   Reason // what is missing, or why it does not apply; "": there is nothing to say
	Detail   string // of the reason, for people, in English

	By, Note, Link string // of what was declared
	Own            bool   // the organisation made this point
}

// Checklist is that of one subject.
type Checklist struct {
	Subject Subject
	Items   []Item
}

// Progress counts the points that are required and apply, and those of them that are done.
func (c Checklist) Progress() (done, of int) {
	for _, i := range c.Items {
		if !i.Required || i.State == NotApplicable {
			continue
		}
		of++
		if i.State == Done {
			done++
		}
	}
	return done, of
}

// Complete reports whether all that is required is done.
func (c Checklist) Complete() bool {
	done, of := c.Progress()
	return done == of
}

// Get returns the checklist of a client or a destination of the caller's organisation. A foreign one is NotFound.
func (s *Service) Get(ctx context.Context, who broker.Caller, id string) (c Checklist, err error) {
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		one, err := s.find(tx, who, id, broker.RightRead)
		if err != nil {
			return err
		}
		c, err = s.judge(tx, one)
		return err
	})
	return c, err
}

// List returns the checklists of an organisation: of its destinations in the order in which they were made, then of its clients.
func (s *Service) List(ctx context.Context, who broker.Caller, p broker.Page) (all []Checklist, total int, err error) {
	if err := who.MayList(who.Org, p); err != nil {
		return nil, 0, err
	}
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		var found []subject
		if found, total, err = subjectsOf(tx, who.Org, p); err != nil {
			return err
		}
		all = make([]Checklist, len(found))
		for i, one := range found {
			if all[i], err = s.judge(tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	return all, total, err
}
