package portal

import (
	"github.com/vierkant/vierkant/api/portal/cases"
	"github.com/vierkant/vierkant/api/portal/page"
)

func (cfg Config) cases() (page.Subject, error) {
	m := cfg.Management
	return cases.New(cases.Config{
		Tracking: m.Tracking, Diagnosis: m.Diagnosis, Deliveries: m.Deliveries, Destinations: m.Destinations, Try: m.Try,
	})
}
