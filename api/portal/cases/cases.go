package cases

import (
	"context"
	"embed"
	"errors"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/diagnosis"
	"github.com/vierkant/vierkant/broker/tracking"
)

//go:embed pages texts.yaml
var files embed.FS

// Config is the services that the pages are over; all fields are required.
type Config struct {
	Tracking     *tracking.Tracking
	Diagnosis    *diagnosis.Diagnosis
	Deliveries   *broker.Deliveries
	Destinations *broker.Destinations

	// Try calls a destination to see whether it can be called.
	Try func(context.Context, broker.Caller, broker.DestinationID) (broker.Trial, error)
}

// Service answers with the pages.
type Service struct{ Config }

// New is this part of the portal.
func New(cfg Config) (page.Subject, error) {
	if cfg.Tracking == nil || cfg.Diagnosis == nil || cfg.Deliveries == nil || cfg.Destinations == nil || cfg.Try == nil {
		return page.Subject{}, errors.New("cases: config lacks a service")
	}
	s := &Service{cfg}
	return page.Subject{
		Name: "cases", Group: "operation", Files: files, Routes: s.routes(),
		Menu: []page.Item{{Text: "menu.submissions", Path: pathSubmissions, Also: pathCases}, {Text: "menu.find", Path: pathFind}, {Text: "menu.callbacks", Path: pathCallbacks, Also: pathDeliveries}},
	}, nil
}

// Below the organisation's home.
const (
	pathSubmissions = "/submissions"
	pathCases       = "/cases"
	pathCallbacks   = "/callbacks"
	pathDeliveries  = "/deliveries"
	pathFind        = "/find"
)

func (s *Service) routes() []page.Route {
	const org = "/orgs/:org"
	return []page.Route{
		page.Get(org+pathSubmissions, s.submissions),
		page.Get(org+pathSubmissions+"/:submission", s.submission),
		page.Get(org+pathSubmissions+"/:submission/evidence", s.evidence),
		page.Get(org+pathCases, s.cases),
		page.Get(org+pathCases+"/:case", s.oneCase),
		page.Get(org+pathCases+"/:case/events/:number", s.token),
		page.Get(org+pathFind, s.find),

		page.Get(org+pathCallbacks, s.callbacks),
		page.Get(org+pathCallbacks+"/:receiver", s.receiver),
		page.Post(org+pathCallbacks+"/:receiver/test", s.test),
		page.Post(org+pathCallbacks+"/:receiver/resume", s.resume),
		page.Get(org+pathCallbacks+"/:receiver/replay", s.askReplay),
		page.Post(org+pathCallbacks+"/:receiver/replay", s.replay),
		page.Get(org+pathCallbacks+"/:receiver/secret", s.askSecret).Fresh(),
		page.Post(org+pathCallbacks+"/:receiver/secret", s.secret).Fresh(),
		page.Get(org+pathDeliveries+"/:delivery", s.delivery),
		page.Post(org+pathDeliveries+"/:delivery/replay", s.replayOne),
	}
}

// id reads the parameter of a path.
func id[T ~string](v *page.Visit, parameter string) (T, error) {
	return broker.ParseID[T](v.Param(parameter))
}
