package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/schemas"
)

// ErrConfig means: the Config lacks, or has wrong, what a call needs.
var ErrConfig = errors.New("client configuration")

// Config says where an environment is, who calls, and which keys are good enough. SubmissionURL and Policy are required; the
// others are needed by the calls that use them.
type Config struct {
	TokenURL       string // of the token service, whole: https://…/token
	SubmissionURL  string // base without version: https://…/submission-api; also the issuer of the service's events
	DestinationURL string // base without version: https://…/destination-api
	RoutingURL     string // base without version: https://…/routing-api; needs PortalURL
	PortalURL      string // base of the portal, issuer of addressing information: https://…/portal

	ClientID     string
	ClientSecret string

	// Policy judges the keys of destinations before anything is sealed to them or believed of them: [keys.Test] or
	// [keys.Strict].
	Policy keys.Policy

	// HTTP makes the calls; nil is a client with the defaults of net/http. Redirects are never followed, whatever it says.
	// Calls that move sealed content may take as long as the caller's context allows, but not stand still for more than two minutes;
	// all others take 30 s at most.
	HTTP *http.Client

	// Scratch is the folder where the plaintext of fetched attachments lies until [Fetched.Close], in a folder of its own
	// ("vierkant-…") that only this user may enter and that a killed process leaves behind; "" is os.TempDir(), which on some systems is
	// memory. It needs room for all attachments of a submission, twice for those on their way that are compressed, and one fragment
	// more. On the file system where attachments shall stay, they can be renamed there.
	Scratch string

	// FragmentSize is how many bytes of plaintext an attachment may have to be sent in one piece, and how many each fragment of a
	// longer one has (FIT-Connect contract 3.7); 0 is 200,000,000.
	FragmentSize int64

	// Progress is told as attachments move: at the begin, about every 256 KiB, and at the end; nil: nobody. It is called from several
	// goroutines, for one attachment never at the same time, and holds up what it is told about.
	Progress func(Progress)

	// Notice is told of maintenance that the service announces, once of each announcement; nil: nobody. It may be called from several
	// goroutines.
	Notice func(Maintenance)

	Now       func() time.Time                           // nil is time.Now
	Wait      func(context.Context, time.Duration) error // waits before a repeat; nil is a timer
	UserAgent string                                     // "" is "vierkant-client"

	// PlainHTTP allows http off this machine's loopback, where secrets and tokens could be read on the way. Only for test
	// networks.
	PlainHTTP bool
}

// Client is what both sides have in common: finding the way to a destination, its key, and the event log. Make the sides with
// [Client.Sender], [Client.Subscriber] and [Client.Manager]. Safe for concurrent use.
type Client struct {
	transport *transport
	base      bases
	policy    keys.Policy
	now       func() time.Time
	registry  *schemas.Registry

	scratch  string
	fragment int64
	progress func(Progress)
}

// bases are the URLs of the Config without a slash at the end, "" where not given.
type bases struct{ submission, destination, routing, portal string }

// New checks the Config and starts nothing. Errors: [ErrConfig].
func New(c Config) (*Client, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	registry, err := schemas.New()
	if err != nil {
		return nil, err
	}
	now := c.Now
	if now == nil {
		now = time.Now
	}
	return &Client{
		transport: c.transport(now),
		base: bases{
			submission: trim(c.SubmissionURL), destination: trim(c.DestinationURL),
			routing: trim(c.RoutingURL), portal: trim(c.PortalURL),
		},
		policy: c.Policy, now: now, registry: registry,
		scratch: c.Scratch, fragment: cmp.Or(c.FragmentSize, fragmentSize), progress: c.Progress,
	}, nil
}

func trim(base string) string { return strings.TrimRight(base, "/") }

func (c Config) transport(now func() time.Time) *transport {
	t := &transport{http: new(http.Client), now: now, wait: c.Wait, idle: idleLimit, agent: first(c.UserAgent, "vierkant-client"), notices: &notices{tell: c.Notice}}
	if c.HTTP != nil {
		*t.http = *c.HTTP
	}
	t.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if t.wait == nil {
		t.wait = sleep
	}
	if c.TokenURL != "" {
		t.tokens = newTokens(c.TokenURL, c.ClientID, c.ClientSecret)
	}
	return t
}

func (c Config) checkCredentials() error {
	if (c.TokenURL == "") != (c.ClientID == "") || (c.TokenURL == "") != (c.ClientSecret == "") {
		return errors.New("TokenURL, ClientID and ClientSecret belong together")
	}
	return nil
}

func (c Config) check() error {
	if c.SubmissionURL == "" {
		return errors.New("SubmissionURL is missing")
	}
	if len(c.Policy.Rules) == 0 {
		return errors.New("expected a Policy: keys.Test or keys.Strict")
	}
	if err := c.checkCredentials(); err != nil {
		return err
	}
	if c.FragmentSize < 0 || c.FragmentSize > maxFragment {
		return fmt.Errorf("FragmentSize: expected 1 to %d bytes, or 0 for %d", maxFragment, fragmentSize)
	}
	if c.RoutingURL != "" && c.PortalURL == "" {
		return errors.New("RoutingURL needs PortalURL: routes are signed by the portal")
	}
	for _, given := range []struct{ name, address string }{
		{"TokenURL", c.TokenURL}, {"SubmissionURL", c.SubmissionURL}, {"DestinationURL", c.DestinationURL},
		{"RoutingURL", c.RoutingURL}, {"PortalURL", c.PortalURL},
	} {
		if err := c.checkURL(given.address); err != nil {
			return fmt.Errorf("%s: %w", given.name, err)
		}
	}
	return nil
}

func (c Config) checkURL(address string) error {
	if address == "" {
		return nil
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return errors.New("expected an absolute URL without user, query and fragment")
	}
	switch {
	case parsed.Scheme == "https":
		return nil
	case parsed.Scheme == "http" && (c.PlainHTTP || isLoopback(parsed.Hostname())):
		return nil
	}
	return errors.New("expected https, or http on this machine's loopback")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
