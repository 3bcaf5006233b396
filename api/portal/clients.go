package portal

import (
	"github.com/vierkant/vierkant/api/portal/clients"
	"github.com/vierkant/vierkant/api/portal/page"
)

func (cfg Config) clients() (page.Subject, error) { return clients.New(cfg.Management) }
