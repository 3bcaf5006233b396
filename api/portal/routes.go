package portal

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/portal/routes"
)

func (c Config) routes() (page.Subject, error) {
	m := c.Management
	return routes.New(routes.Config{
		Publication: m.Publication, Destinations: m.Destinations, Catalogues: m.Catalogues, Accounts: m.Accounts, Templates: m.Templates, Adoptions: m.Adoptions,
		Releases: m.Releases,
	})
}
