package portal

import (
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/portal/sign"
)

func (cfg Config) sign() (page.Subject, error) {
	return sign.New(sign.Config{Accounts: cfg.Management.Accounts, SignIn: cfg.Management.SignIn, Now: cfg.Now})
}
