// Package portal is the self-service portal of one environment: pages for the people of organisations and for operators of the platform, over
// the same services as the management API. Package page says how pages are made; each other package here is one subject.
package portal

import (
	"fmt"
	"time"

	"github.com/vierkant/vierkant/api/fair"
	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/problem"
)

// Config is what the portal needs; all fields but Proxies are required.
type Config struct {
	PublicURL   string // without a slash at its end
	Environment string // test, reference or production
	Problems    problem.Writer
	Now         func() time.Time // wall clock

	Proxies fair.Proxies // whose word on where a request came from is believed

	// Management is the services that the portal is over: what it can do, the management API can.
	Management manage.Config
}

// New assembles all subjects.
func New(cfg Config) (*page.Kit, error) {
	var subjects []page.Subject
	for _, open := range []func() (page.Subject, error){
		cfg.sign, cfg.identity, cfg.clients, cfg.destinations, cfg.routes, cfg.cases, cfg.figures, cfg.golive, cfg.team,
	} {
		s, err := open()
		if err != nil {
			return nil, fmt.Errorf("portal: %w", err)
		}
		subjects = append(subjects, s)
	}
	return page.New(page.Config{
		PublicURL: cfg.PublicURL, Environment: cfg.Environment, Accounts: cfg.Management.Accounts, Problems: cfg.Problems, Now: cfg.Now,
		Maintenance: cfg.Management.Notices.Current, Proxies: cfg.Proxies, Subjects: subjects,
	})
}
