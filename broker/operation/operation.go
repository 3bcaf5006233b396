package operation

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/keycare"
)

// Config is what reports are made of. All fields are required.
type Config struct {
	Store      broker.Store
	Deliveries *broker.Deliveries
	Notices    *broker.Notices
	Keys       *keycare.Keeper
	Now        func() time.Time // wall clock
	Deadline   func() time.Time // clock of deadlines

	Examine func(context.Context) []Finding // the node that is asked
	Disk    func() Disk                     // where it keeps its data; zero if that cannot be said, which a finding says too
}

// Grade is how much a finding matters.
type Grade string

// Grades.
const (
	Well    Grade = "ok"
	Note    Grade = "note"    // nothing is wrong, and somebody should know
	Trouble Grade = "trouble" // somebody has to do something
)

// Finding is what one examination found.
type Finding struct {
	Subject string `json:"subject"`
	Grade   Grade  `json:"grade"`
	Text    string `json:"text"`             // what is there
	Remedy  string `json:"remedy,omitempty"` // what to do about it

	// Form and Values are what Text was made of, as fmt does it, for who says it in another language.
	Form   string `json:"-"`
	Values []any  `json:"-"`
}

// Disk is the file system of the data folder, in bytes.
type Disk struct{ Free, Total uint64 }

// Report is how an installation is. Ages are left to who shows it: At and Deadline are the clocks to measure by.
type Report struct {
	At, Deadline time.Time
	Signing      broker.Backlog // events that wait for their signature
	Callbacks    broker.Backlog // that are owed
	Lag          time.Duration  // by how much the oldest deadline is overdue
	Disk         Disk
	Endpoints    []broker.Endpoint // in trouble, those first that came into trouble first, at most listed
	AllEndpoints int               // how many there are
	Keys         keycare.Survey    // as of the last round of this node; its At is zero before the first
	Waiting      Waiting
	Findings     []Finding
	Notice       *broker.Notice // of maintenance; nil: there is none
}

// listed bounds the lists: more is nothing that one looks through.
const listed = 50

// Operation makes reports.
type Operation struct {
	Config

	mu      sync.Mutex
	waiting Waiting // guarded by mu: the last one that was read
}

// New checks the configuration.
func New(cfg Config) (*Operation, error) {
	if cfg.Store == nil || cfg.Deliveries == nil || cfg.Notices == nil || cfg.Keys == nil || cfg.Now == nil || cfg.Deadline == nil ||
		cfg.Examine == nil || cfg.Disk == nil {
		return nil, errors.New("operation: all fields are required")
	}
	return &Operation{Config: cfg}, nil
}

// Report looks at the installation, for operators.
func (o *Operation) Report(ctx context.Context, who broker.Caller) (r Report, err error) {
	if err := who.RequireOperator(); err != nil {
		return Report{}, err
	}
	r = Report{At: o.Now(), Deadline: o.Deadline(), Keys: o.Keys.Survey(), Disk: o.Disk()}
	if err := o.Store.View(ctx, func(tx broker.Tx) error { return r.measure(tx) }); err != nil {
		return Report{}, err
	}
	if r.Endpoints, r.AllEndpoints, err = o.Deliveries.AllTroubled(ctx, who, broker.Page{Limit: listed}); err != nil {
		return Report{}, err
	}
	if r.Waiting, err = o.waits(ctx); err != nil {
		return Report{}, err
	}
	if n, told := o.Notices.Current(); told {
		r.Notice = &n
	}
	r.Findings = o.Examine(ctx)
	return r, nil
}

// measure reads what waits in the store.
func (r *Report) measure(tx broker.Tx) (err error) {
	if r.Signing, err = tx.SigningBacklog(); err != nil {
		return err
	}
	if r.Callbacks, err = tx.DeliveryBacklog(); err != nil {
		return err
	}
	next, err := tx.NextTimer(broker.Deadlines)
	if errors.Is(err, broker.ErrNoRow) {
		r.Lag = 0
		return nil
	}
	if r.Lag = max(0, r.Deadline.Sub(next)); next.Unix() <= 0 { // data of an older program that are to be looked through once
		r.Lag = 0
	}
	return err
}
