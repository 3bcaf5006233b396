package portal

import (
	"github.com/vierkant/vierkant/api/portal/figures"
	"github.com/vierkant/vierkant/api/portal/page"
)

// figures is what happened over time, and how the installation is.
func (c Config) figures() (page.Subject, error) {
	m := c.Management
	return figures.New(figures.Config{Figures: m.Figures, Operation: m.Operation, Destinations: m.Destinations, Clients: m.Clients})
}
