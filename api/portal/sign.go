package portal

import (
	"github.com/vierkant/vierkant/api/portal/identity"
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/portal/sign"
)

func (cfg Config) sign() (page.Subject, error) {
	m := cfg.Management
	var providers []sign.Provider
	for _, p := range m.OIDC.Providers() {
		providers = append(providers, sign.Provider{Name: p.Label, Path: "/oidc/" + p.Name})
	}
	return sign.New(sign.Config{Accounts: m.Accounts, SignIn: m.SignIn, Now: cfg.Now, Providers: providers})
}

func (cfg Config) identity() (page.Subject, error) {
	m := cfg.Management
	return identity.New(identity.Config{Accounts: m.Accounts, OIDC: m.OIDC, Second: sign.Second(m.SignIn)})
}
