package figures

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Config is what figures are made of. All fields are required.
type Config struct {
	Store broker.Store
	Now   func() time.Time // wall clock
	Log   *slog.Logger
}

// Figures counts, and tells what was counted.
type Figures struct {
	Config
	calendar calendar
}

// New checks the configuration. It starts nothing.
func New(cfg Config) (*Figures, error) {
	if cfg.Store == nil || cfg.Now == nil || cfg.Log == nil {
		return nil, errors.New("figures: Store, Now and Log are required")
	}
	berlin, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	return &Figures{cfg, calendar{berlin}}, nil
}

// Zone is whose days and months they are.
func (f *Figures) Zone() *time.Location { return f.calendar.zone }

const (
	// between is for how long facts gather. Whoever looks at figures sees what happened up to then.
	between = 5 * time.Second
	// sweepAfter is how often old sheets are looked for.
	sweepAfter = time.Hour
)

// Run counts until ctx ends. A store that does not answer is tried again with the next round, and logged when it begins and when it is over.
func (f *Figures) Run(ctx context.Context) {
	tick := time.NewTicker(between)
	defer tick.Stop()
	var (
		failed bool
		swept  time.Time
	)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, err := f.Fold(ctx)
		if err == nil && f.Now().Sub(swept).Abs() >= sweepAfter {
			swept, err = f.Now(), f.Sweep(ctx)
		}
		if ctx.Err() == nil {
			failed = f.report(failed, err)
		}
	}
}

// report logs the first failure in a row and the end of the row.
func (f *Figures) report(failed bool, err error) bool {
	switch {
	case err != nil && !failed:
		f.Log.Error("figures cannot be counted; what happens meanwhile is counted later", "error", err)
	case err == nil && failed:
		f.Log.Info("figures are counted again")
	}
	return err != nil
}
