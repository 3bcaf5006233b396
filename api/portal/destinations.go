package portal

import (
	"github.com/vierkant/vierkant/api/portal/destinations"
	"github.com/vierkant/vierkant/api/portal/page"
)

func (cfg Config) destinations() (page.Subject, error) {
	m := cfg.Management
	return destinations.New(destinations.Config{
		Destinations: m.Destinations, Clients: m.Clients, Keys: m.Keys, Mails: m.Mails, Catalogues: m.Catalogues, Try: m.Try,
	})
}
