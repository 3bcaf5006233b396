package diagnosis

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Config is what reports are made from. All fields are required.
type Config struct {
	Store    broker.Store
	Periods  broker.Periods   // those in force
	Now      func() time.Time // wall clock, of signatures and calls
	Deadline func() time.Time // clock of deadlines
}

// Diagnosis makes reports.
type Diagnosis struct{ Config }

// New checks the configuration.
func New(cfg Config) (*Diagnosis, error) {
	if cfg.Store == nil || cfg.Now == nil || cfg.Deadline == nil {
		return nil, errors.New("diagnosis: Store, Now and Deadline are required")
	}
	return &Diagnosis{cfg}, nil
}

// Of reports on a submission or a reply to who is a party of it, or operates the installation; for others there is none.
func (d *Diagnosis) Of(ctx context.Context, who broker.Caller, id broker.SubmissionID) (Report, error) {
	if !who.Known() {
		return Report{}, who.Require()
	}
	var (
		f  facts
		by side
	)
	err := d.Store.View(ctx, func(tx broker.Tx) (err error) {
		sub, err := tx.Submission(id)
		if err != nil {
			return none(err, id)
		}
		at, err := tx.Destination(sub.Destination)
		if err != nil {
			return err
		}
		if by = sideOf(who, sub, at); !by.knows(sub) {
			return none(broker.ErrNoRow, id)
		}
		f, err = d.read(tx, sub, at)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	return f.report(by), nil
}

func none(err error, id broker.SubmissionID) error {
	return broker.OrNotFound(err, "submission-not-found", "there is no submission or reply %s, or you are no party of it", id)
}
