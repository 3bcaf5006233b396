package portal

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/portal/team"
)

func (cfg Config) team() (page.Subject, error) {
	m := cfg.Management
	return team.New(team.Config{
		Accounts: m.Accounts, Mails: m.Mails, Keys: m.Keys, Deliveries: m.Deliveries, Catalogues: m.Catalogues, Notices: m.Notices,
	})
}
