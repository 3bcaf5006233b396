package portal

import (
	"github.com/vierkant/vierkant/api/portal/golive"
	"github.com/vierkant/vierkant/api/portal/page"
)

func (cfg Config) golive() (page.Subject, error) {
	s, err := golive.New(golive.Config{Checklists: cfg.Management.GoLive, Accounts: cfg.Management.Accounts})
	if err != nil {
		return page.Subject{}, err
	}
	return s.Subject(), nil
}
