package catalogues

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/area"
	"github.com/vierkant/vierkant/routing/catalogue"
)

// ErrBroken is wrapped by the error of a stored catalogue that is not what was stored, or of a version that this program does not read.
var ErrBroken = errors.New("the stored catalogue cannot be read; import it again")

const maxAttribution = 1024

// Config is what Catalogues needs. All fields are required.
type Config struct {
	Store broker.Store
	Blobs broker.Blobs
	Log   *slog.Logger
	Now   func() time.Time
}

// Catalogues are those in force. It is safe for concurrent use.
type Catalogues struct {
	areas    *shelf[area.Catalogue]
	services *shelf[catalogue.Catalogue]
}

// New returns the catalogues with the samples in force; see Reload.
func New(cfg Config) (*Catalogues, error) {
	if cfg.Store == nil || cfg.Blobs == nil || cfg.Log == nil || cfg.Now == nil {
		return nil, errors.New("catalogues: Store, Blobs, Log and Now are required")
	}
	areas, err := area.Sample()
	if err != nil {
		return nil, err
	}
	services, err := catalogue.Sample()
	if err != nil {
		return nil, err
	}
	return &Catalogues{
		areas:    newShelf(cfg, "areas", areas, area.Decode),
		services: newShelf(cfg, "services", services, catalogue.Decode),
	}, nil
}

// Reload puts into force what the store has now.
func (c *Catalogues) Reload(ctx context.Context) error {
	return errors.Join(c.areas.reload(ctx), c.services.reload(ctx))
}

// Areas is the catalogue of areas in force.
func (c *Catalogues) Areas() *area.Catalogue { return c.areas.current.Load().catalogue }

// Services is the catalogue of services in force.
func (c *Catalogues) Services() *catalogue.Catalogue { return c.services.current.Load().catalogue }

// State says where a catalogue in force comes from.
type State struct {
	Sample      bool      // nothing was imported; the other fields are empty
	Digest      string    // hexadecimal SHA-256 of its byte form
	Attribution string    // whom to name where it is shown
	By          string    // broker.Caller.Name of who imported it
	Imported    time.Time // when
}

// AreasState is that of the catalogue of areas.
func (c *Catalogues) AreasState() State { return c.areas.current.Load().state() }

// ServicesState is that of the catalogue of services.
func (c *Catalogues) ServicesState() State { return c.services.current.Load().state() }

// admit refuses an import for its caller, since look-ups of all depend on it, and for its attribution.
func admit(who broker.Caller, attribution string) error {
	if err := who.RequireOperator(); err != nil {
		return err
	}
	if len(attribution) > maxAttribution {
		return broker.Invalid.New("bad-request", "the attribution must have at most %d bytes", maxAttribution)
	}
	return nil
}
