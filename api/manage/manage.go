package manage

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/broker"
)

// Root is where all paths of this API begin.
const Root = "/manage-api/v1"

// Config is the services that this API is over. All fields are required.
type Config struct {
	Clients *broker.Clients
}

// Service answers the management API.
type Service struct {
	clients *broker.Clients
}

// New returns the API over its services.
func New(cfg Config) (*Service, error) {
	if cfg.Clients == nil {
		return nil, errors.New("manage: Clients is required")
	}
	return &Service{clients: cfg.Clients}, nil
}

// Route is one line of the table.
type Route struct {
	Method string
	Path   string // below Root
	Body   Body
	Handle echo.HandlerFunc
}

// Body is what a route takes as request body. The zero value is none.
type Body struct {
	Types []string // media types
	Limit int64    // bytes
}

// maxDocument bounds documents that are small by nature.
const maxDocument = 1 << 20

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// Routes is the whole API.
func (s *Service) Routes() []Route {
	var (
		none     = Body{}
		document = Body{Types: []string{"application/json"}, Limit: maxDocument}
	)
	all := []Route{
		{get, "/me", none, s.me},

		{post, "/orgs", document, s.addOrg},
		{post, "/orgs/:org/clients", document, s.addClient},
	}
	for i := range all {
		all[i].Handle = s.admit(all[i].Handle)
	}
	return all
}
