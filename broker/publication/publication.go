package publication

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/area"
)

// Config is what a Publisher needs; all fields are required but Rule, whose zero value is the one of reference.
type Config struct {
	Store  broker.Store
	Routes *broker.Routes // signs, and reads anew what is published
	Areas  func() *area.Catalogue
	Now    func() time.Time // wall clock
	Rule   Rule
}

// Rule is what differs between environments.
type Rule struct {
	Open     bool // who has no grant may publish too
	FourEyes bool // what is published is proposed by one person and released by another

	Lasts time.Duration // that a proposal waits for the other person; zero: account.ProposalsLast

	SketchesLast time.Duration // that a draft is kept after its last change; zero: SketchesLast
}

// Publisher publishes routes and keeps whose territory it is.
type Publisher struct {
	cfg   Config
	shelf atomic.Pointer[shelf] // of what was published when somebody listed it last
}

// New checks the configuration.
func New(cfg Config) (*Publisher, error) {
	if cfg.Store == nil || cfg.Routes == nil || cfg.Areas == nil || cfg.Now == nil {
		return nil, errors.New("publication: config lacks Store, Routes, Areas or Now")
	}
	return &Publisher{cfg: cfg}, nil
}

// Rule returns the rule of the environment.
func (p *Publisher) Rule() Rule { return p.cfg.Rule }

// Bounds of what one organisation may publish.
const (
	MaxEntries = 1_000_000 // of all routes of an organisation: services × regions
	MaxRoutes  = 10_000    // of an organisation
	MaxComment = 1024      // bytes
)

// now is the time in full seconds: routes begin and end with them.
func (p *Publisher) now() time.Time { return p.cfg.Now().UTC().Truncate(time.Second) }

// mayPublish refuses who may not publish, or where that takes two persons propose, for an organisation.
func mayPublish(who broker.Caller, org broker.OrgID) error {
	return who.Entitled(org, broker.RightDraft)
}

// mayAtOnce refuses who may not take routes offline and back, or go back to what was published before.
func (p *Publisher) mayAtOnce(who broker.Caller, org broker.OrgID) error {
	if !p.cfg.Rule.FourEyes && who.Entitled(org, broker.RightDraft) == nil {
		return nil
	}
	return who.Entitled(org, broker.RightRelease)
}
