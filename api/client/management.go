package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

// maxListed bounds a list of the management API that is read as a whole.
const maxListed = 1_000_000

// ManagementConfig says where the management API is and who calls. URL is required. Where a token is needed, it is given, or is fetched with
// the credentials of an API client.
type ManagementConfig struct {
	URL   string       // of the environment: https://broker.example
	Token string       // a personal access token, or an access token of the token service
	HTTP  *http.Client // makes the calls; nil is a client with the defaults of net/http. Redirects are never followed

	TokenURL, ClientID, ClientSecret string // of an API client; all or none

	UserAgent string // "" is "vierkant-client"
	PlainHTTP bool   // allows http off this machine's loopback, for connections that are none of a network
}

// Management calls the management API: paths are those below /manage-api/v1, documents those of package wire. Refusals are a [*Problem].
type Management struct {
	transport *transport
	root      string
	token     bool
}

// NewManagement checks the configuration and starts nothing. Errors: [ErrConfig].
func NewManagement(cfg ManagementConfig) (*Management, error) {
	if cfg.URL == "" {
		return nil, fmt.Errorf("%w: URL is missing", ErrConfig)
	}
	c := Config{
		HTTP: cfg.HTTP, UserAgent: cfg.UserAgent, PlainHTTP: cfg.PlainHTTP,
		TokenURL: cfg.TokenURL, ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret,
	}
	if err := errors.Join(c.checkCredentials(), c.checkURL(cfg.URL), c.checkURL(cfg.TokenURL)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	t := c.transport(time.Now)
	t.fixed = cfg.Token
	return &Management{transport: t, root: trim(cfg.URL) + "/manage-api/v1", token: cfg.Token != "" || cfg.TokenURL != ""}, nil
}

// Get reads a document.
func (m *Management) Get(ctx context.Context, path string, into any) error {
	a, err := m.transport.do(ctx, call{method: http.MethodGet, url: m.root + path, token: m.token})
	if err != nil {
		return err
	}
	return a.decode(into)
}

// Send sends a document and reads the answer; a nil in or into is none. It is never repeated by itself.
func (m *Management) Send(ctx context.Context, method, path string, in, into any) error {
	c := call{method: method, url: m.root + path, token: m.token, once: true}
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		c.contentType, c.body = "application/json", string(body)
	}
	a, err := m.transport.do(ctx, c)
	if err != nil || into == nil {
		return err
	}
	return a.decode(into)
}

// Upload sends what is no JSON document, and may be long.
func (m *Management) Upload(ctx context.Context, method, path, contentType string, body []byte, into any) error {
	a, err := m.transport.do(ctx, call{
		method: method, url: m.root + path, token: m.token, once: true, large: true, contentType: contentType, body: string(body),
	})
	if err != nil || into == nil {
		return err
	}
	return a.decode(into)
}

// ManagementList reads a whole list, page by page: the member of each page that has the items.
func ManagementList[T any](ctx context.Context, m *Management, path, member string) ([]T, error) {
	p := page[T](func(ctx context.Context, offset, limit int) ([]T, int, error) {
		return ManagementPage[T](ctx, m, path, member, offset, limit)
	})
	return p.all(ctx, maxListed)
}

// ManagementPage reads a page of a list, and how many items there are in all.
func ManagementPage[T any](ctx context.Context, m *Management, path, member string, offset, limit int) (items []T, total int, err error) {
	at, err := pageOf(path, offset, limit)
	if err != nil {
		return nil, 0, err
	}
	a, err := m.transport.do(ctx, call{method: http.MethodGet, url: m.root + at, token: m.token, limit: logLimit})
	if err != nil {
		return nil, 0, err
	}
	return readPage[T](a, member)
}

// pageOf adds a page to a path, which may have a query.
func pageOf(path string, offset, limit int) (string, error) {
	u, err := url.Parse(path)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("offset", fmt.Sprint(offset))
	q.Set("limit", fmt.Sprint(limit))
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func readPage[T any](a answer, member string) (items []T, total int, err error) {
	var counted wire.Counted
	var members map[string]json.RawMessage
	if err := errors.Join(a.decode(&counted), json.Unmarshal(a.body, &members)); err != nil {
		return nil, 0, err
	}
	if wire.Absent(members[member]) {
		return nil, 0, fmt.Errorf("%s: answer: expected a member %s", a.request, member)
	}
	err = json.Unmarshal(members[member], &items)
	return items, counted.TotalCount, err
}
