package figures

import (
	"embed"
	"errors"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	counting "github.com/vierkant/vierkant/broker/figures"
	"github.com/vierkant/vierkant/broker/operation"
)

//go:embed pages static texts.yaml
var files embed.FS

// Config is the services behind the pages; all are required.
type Config struct {
	Figures      *counting.Figures
	Operation    *operation.Operation
	Destinations *broker.Destinations
	Clients      *broker.Clients
}

type service struct{ Config }

// New returns the subject.
func New(cfg Config) (page.Subject, error) {
	if cfg.Figures == nil || cfg.Operation == nil || cfg.Destinations == nil || cfg.Clients == nil {
		return page.Subject{}, errors.New("figures: config lacks Figures, Operation, Destinations or Clients")
	}
	s := service{cfg}
	return page.Subject{
		Name: "figures", Group: "operation", Files: files,
		Menu: []page.Item{
			{Text: "menu.figures", Path: "/figures"},
			{Text: "menu.operation", Path: "/platform/operation", For: page.Platform},
			{Text: "menu.installation", Path: "/platform/figures", For: page.Platform},
		},
		Routes: []page.Route{
			page.Get("/orgs/:org/figures", s.ofOrg),
			page.Get("/orgs/:org/figures.csv", s.fileOfOrg),
			page.Get("/platform/figures", s.ofAll).For(page.Platform),
			page.Get("/platform/figures.csv", s.fileOfAll).For(page.Platform),
			page.Get("/platform/operation", s.operation).For(page.Platform),
		},
	}, nil
}
