package testenv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/schemas"
)

// SessionConfig says whom a run of the suite judges, and with what. Only World is required: what else is missing, also in the world's test
// environment, is told by the cases that need it, which are skipped then.
type SessionConfig struct {
	World    World
	Stranger *Stranger // a second organisation; nil: that of the world, if there is one
	Expired  string    // an access token of the sender whose time is over
	Samples  string    // folder of further files to send

	// Watch, if it is not nil, is told of every request, with its body unless that was a stream, and of its answer. Cases run at the same time.
	Watch func(r *http.Request, sent []byte, response *http.Response, got []byte)

	// Home is the id of a destination of the world, with its private keys, that cases send to where the subscriber may make none of its own.
	// Empty: they make one, and that this is refused is a failure.
	Home string

	// Forward moves the broker's clock, which nobody else may rely on then. Nil: it cannot be moved.
	Forward func(time.Duration) error

	// Mails tells how many mails remind of a submission that waits. Nil: nobody can read them.
	Mails func(ctx context.Context, submission string) (int, error)

	// Tolerant asks an error for its status and for being a problem document, and not for the types and words that are ours: the
	// contract fixes few of them (FIT-Connect contract 8.1).
	Tolerant bool
}

// Session is what the cases of one run share: who they are, and what is dear to make, made by the first that needs it.
// Safe for concurrent use.
type Session struct {
	cfg    SessionConfig
	env    Environment // test
	client *http.Client
	shapes *schemas.Registry // what documents of the contract look like

	senderToken, subscriberToken     shared[string]
	strangeSender, strangeSubscriber shared[string]
	managerToken                     shared[string]

	offices   shared[[]office] // of the world
	pair      shared[pair]     // keys of all destinations that cases make
	newPair   shared[pair]     // keys to roll over to
	homeCache shared[office]
	creates   shared[bool] // the subscriber may make destinations

	hasFirst, hasCases, hasReplies, hasDiagnosis shared[bool]
}

// NewSession takes the test environment of the world.
func NewSession(cfg SessionConfig) (*Session, error) {
	env, err := cfg.World.Environment("test")
	if err != nil {
		return nil, err
	}
	if env.SubmissionURL == "" {
		return nil, errors.New("the world does not say where the Submission API of its test environment is")
	}
	if cfg.Stranger == nil {
		cfg.Stranger = env.Stranger
	}
	shapes, err := schemas.New()
	if err != nil {
		return nil, err
	}
	return &Session{cfg: cfg, env: env, client: newClient(nil), shapes: shapes}, nil
}

// newClient follows no redirect and unpacks nothing, so that a case sees what was sent. It calls from the given address.
func newClient(from net.Addr) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, LocalAddr: from}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, DisableCompression: true, MaxIdleConnsPerHost: 16,
			ExpectContinueTimeout: 10 * time.Second, IdleConnTimeout: time.Minute,
		},
	}
}

// Close drops idle connections.
func (s *Session) Close() { s.client.CloseIdleConnections() }

// Addresses of the three APIs.
func (s *Session) submissions(path string) string  { return s.env.SubmissionURL + "/v2" + path }
func (s *Session) destinations(path string) string { return s.env.DestinationURL + "/v1" + path }

func (s *Session) routing(version, path string, query url.Values) string {
	return s.env.RoutingURL + "/" + version + path + "?" + query.Encode()
}

// shared is a value that the first to need it makes, for all.
type shared[T any] struct {
	once  sync.Once
	value T
	err   error
}

func (s *shared[T]) get(t *trial, what string, make func() (T, error)) T {
	if t.ended() {
		var none T
		return none
	}
	s.once.Do(func() { s.value, s.err = make() })
	if s.err != nil {
		t.fail("%s: %w", what, s.err)
	}
	return s.value
}

// made has another trial of the same session make something, so that its failure is that of everybody who needs it.
func made[T any](t *trial, build func(*trial) T) (T, error) {
	maker := &trial{Session: t.Session, ctx: t.ctx}
	value := build(maker)
	return value, maker.err
}

// Tokens of the four clients, and a narrow one.
func (t *trial) sender() string {
	return t.tokenOf(&t.senderToken, "token of the sender", t.asSender())
}

func (t *trial) subscriber() string {
	return t.tokenOf(&t.subscriberToken, "token of the subscriber", t.asSubscriber())
}

// manager is the subscriber with a token that it narrowed to managing destinations.
func (t *trial) manager() string {
	return t.managerToken.get(t, "token to manage destinations", func() (string, error) {
		return made(t, func(t *trial) string { return t.tokenWith(tokenForm(t.asSubscriber()), manageScope) })
	})
}

func (t *trial) foreignSender() string {
	return t.tokenOf(&t.strangeSender, "token of the foreign sender", t.stranger().Sender)
}

func (t *trial) foreignSubscriber() string {
	return t.tokenOf(&t.strangeSubscriber, "token of the foreign subscriber", t.stranger().Subscriber)
}

func (t *trial) asSender() node.Credentials { return t.credentials(t.env.Sender, "needs a sender") }

func (t *trial) asSubscriber() node.Credentials {
	return t.credentials(t.env.Subscriber, "needs a subscriber")
}

func (t *trial) credentials(who *node.Credentials, need string) node.Credentials {
	if who == nil {
		t.skip(need)
		return node.Credentials{}
	}
	return *who
}

func (t *trial) stranger() Stranger {
	if t.cfg.Stranger == nil {
		t.skip("needs a second organisation")
		return Stranger{}
	}
	return *t.cfg.Stranger
}

func (t *trial) tokenOf(cache *shared[string], what string, c node.Credentials) string {
	return cache.get(t, what, func() (string, error) {
		return made(t, func(t *trial) string { return t.askToken(tokenForm(c)).is(http.StatusOK).text("access_token") })
	})
}

// tokenForm is the form of a token request (FIT-Connect contract 2.1).
func tokenForm(c node.Credentials) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret}}
}

func (t *trial) askToken(form url.Values) *answer {
	return t.do(call{method: http.MethodPost, url: t.env.TokenURL, contentType: formType, body: []byte(form.Encode())})
}

// pair is the two keys of a destination.
type pair struct{ encryption, signing keys.Private }

// pairLifetime of the certificates; the test environment does not look at it.
const pairLifetime = 365 * 24 * time.Hour

func newKeyPair(name string) (p pair, err error) {
	if p.encryption, err = keys.Generate(keys.Encryption, name, time.Now(), pairLifetime); err != nil {
		return p, err
	}
	p.signing, err = keys.Generate(keys.Signature, name, time.Now(), pairLifetime)
	return p, err
}

func (t *trial) keyPair() pair {
	return t.pair.get(t, "key pair", func() (pair, error) { return newKeyPair("Vierkant suite") })
}

func (t *trial) freshPair() pair {
	return t.newPair.get(t, "second key pair", func() (pair, error) { return newKeyPair("Vierkant suite, second") })
}

// office is a destination whose private keys the suite has.
type office struct {
	pair
	id, service string
}

// worldOffices are the destinations of the world.
func (t *trial) worldOffices() []office {
	if len(t.env.Destinations) == 0 {
		t.skip("needs a destination with its private keys")
	}
	return t.offices.get(t, "destinations of the world", func() ([]office, error) {
		var all []office
		for _, d := range t.env.Destinations {
			one, err := readOffice(d)
			if err != nil {
				return nil, fmt.Errorf("destination %s: %w", d.ID, err)
			}
			all = append(all, one)
		}
		return all, nil
	})
}

func readOffice(d Destination) (office, error) {
	o := office{id: d.ID, service: d.Service}
	for path, into := range map[string]*keys.Private{d.DecryptionKey: &o.encryption, d.SigningKey: &o.signing} {
		raw, err := os.ReadFile(path)
		if err != nil {
			return o, err
		}
		if *into, err = keys.ParsePrivate(raw); err != nil {
			return o, fmt.Errorf("%s: %w", path, err)
		}
	}
	return o, nil
}

// home is the destination of this run that cases send to and never change.
func (t *trial) home() office {
	return t.homeCache.get(t, "destination of the suite", func() (office, error) {
		if t.cfg.Home == "" {
			return made(t, func(t *trial) office { return t.activeOffice() })
		}
		return made(t, (*trial).givenHome)
	})
}

func (t *trial) givenHome() office {
	for _, o := range t.worldOffices() {
		if o.id == t.cfg.Home {
			return o
		}
	}
	t.fail("the world has no destination %s", t.cfg.Home)
	return office{}
}

// needsClock skips the case if the broker's clock cannot be moved.
func (t *trial) needsClock() {
	if t.cfg.Forward == nil {
		t.skip("needs a broker whose clock can be moved")
	}
}

func (t *trial) forwardClock(by time.Duration) {
	if !t.ended() {
		t.must("move the clock", t.cfg.Forward(by))
	}
}

// mayCreate skips the case if the subscriber makes no destinations and does not have to.
func (t *trial) mayCreate() {
	if t.cfg.Home == "" {
		return
	}
	allowed := t.creates.get(t, "destination", func() (bool, error) {
		return made(t, func(t *trial) bool {
			a := t.sendJSON(http.MethodPost, t.destinations("/destinations"), t.subscriber(), t.document())
			return a.status == http.StatusCreated
		})
	})
	if !allowed {
		t.skip("needs a subscriber that may make destinations")
	}
}

// Address is the base of the Submission API that is judged.
func (s *Session) Address() string { return s.env.SubmissionURL }

// Reach returns an error if nobody answers there: that is one error and not one of each case.
func (s *Session) Reach(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.env.SubmissionURL+"/.well-known/jwks.json", nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", userAgent)
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("reach the broker: %w", err)
	}
	return response.Body.Close()
}
