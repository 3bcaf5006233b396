package portal

import (
	"github.com/vierkant/vierkant/api/portal/identity"
	"github.com/vierkant/vierkant/api/portal/page"
)

func (cfg Config) identity() (page.Subject, error) {
	return identity.New(identity.Config{Accounts: cfg.Management.Accounts, OIDC: cfg.Management.OIDC})
}
