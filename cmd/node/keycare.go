package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vierkant/vierkant/broker/guard"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/revocation"
)

// makeKeyCare makes what looks after the keys of destinations. It has rules for the broker, so it is there before.
func (n *Node) makeKeyCare(context.Context) (err error) {
	cfg := keycare.Config{
		Store: n.store.Store, Now: n.now, Log: n.log,
		Tell: n.tellOfKey,

		FourEyes: n.cfg.Environment.TwoForKeys, LegalNames: !n.cfg.Environment.SelfSigned,
	}
	if !n.cfg.Environment.SelfSigned {
		if cfg.Roots, err = readRoots("trust_anchors", n.cfg.TrustAnchors); err != nil {
			return err
		}
		cfg.Fetch = newResponders(n.cfg.PrivateResponders).fetch
	}
	n.keycare, err = keycare.New(cfg)
	if err == nil {
		n.metrics.registry.MustRegister(keySurvey{n.keycare})
	}
	return err
}

// responders are those who tell of revocations. Their addresses stand in certificates, so strangers chose them: they have to be public, but for
// the hosts that the operator named.
type responders struct {
	private        []string
	public, inside *http.Client
}

func newResponders(private []string) responders {
	return responders{
		private: private,
		public:  guard.NewClient(guard.Rule{PublicOnly: true, AllowHTTP: true, MaxResponse: revocation.MaxList}),
		inside:  guard.NewClient(guard.Rule{AllowLoopback: true, AllowHTTP: true, MaxResponse: revocation.MaxList}),
	}
}

// fetch is keycare.Config.Fetch.
func (r responders) fetch(ctx context.Context, call revocation.Call) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, call.Method, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return nil, errors.New("the address is none")
	}
	if call.Type != "" {
		request.Header.Set("Content-Type", call.Type)
	}
	request.Header.Set("User-Agent", "Vierkant")
	client := r.public
	if slices.Contains(r.private, hostPort(request.URL)) {
		client = r.inside
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, guard.WithoutURL(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", answer.Status)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, answer.Body, call.Limit))
	return raw, err
}

// hostPort is how the operator names a responder.
func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
}

// checkResponders refuses what is no host with its port, as hostPort writes it.
func (c Config) checkResponders() error {
	for _, at := range c.PrivateResponders {
		host, port, err := net.SplitHostPort(at)
		if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 1 || n > 65535 || host == "" {
			return fmt.Errorf("private_responders: %q is not host:port, like ocsp.pki.example:80 or 10.1.2.3:8080", at)
		}
		if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
			return fmt.Errorf("private_responders: %s is no address of anybody", at)
		}
	}
	if len(c.PrivateResponders) > 0 && c.Environment.SelfSigned {
		return fmt.Errorf("private_responders: in %s nobody is asked after revocations; leave it out", c.Environment.Name)
	}
	return nil
}

// keySurvey shows what the last round through the keys of destinations counted. Alarm on vierkant_keys_expiring{within_days="14"} and on
// vierkant_keys_revoked.
type keySurvey struct{ keeper *keycare.Keeper }

var (
	keyExpiry   = prometheus.NewDesc("vierkant_key_expiry_timestamp_seconds", "When the first certificate of a destination's key in force or next ends, by use.", []string{"use"}, nil)
	keysEnding  = prometheus.NewDesc("vierkant_keys_expiring", "Keys of destinations, in force or next, whose certificates end within so many days, the ended ones too.", []string{"within_days"}, nil)
	keysEnded   = prometheus.NewDesc("vierkant_keys_expired", "Keys of destinations, in force or next, whose certificates have ended.", nil, nil)
	keysRevoked = prometheus.NewDesc("vierkant_keys_revoked", "Keys of destinations, in force or next, whose certificates were revoked.", nil, nil)
	keysUnknown = prometheus.NewDesc("vierkant_keys_revocation_unknown", "Keys of destinations, in force or next, of which nobody could tell whether they are revoked.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s keySurvey) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{keyExpiry, keysEnding, keysEnded, keysRevoked, keysUnknown} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s keySurvey) Collect(out chan<- prometheus.Metric) {
	found := s.keeper.Survey()
	if found.At.IsZero() {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, use := range []keys.Use{keys.Encryption, keys.Signature} {
		if first, any := found.Earliest[use]; any {
			gauge(keyExpiry, float64(first.Unix()), string(use))
		}
	}
	for _, days := range keycare.Thresholds() {
		gauge(keysEnding, float64(found.Within[days]), strconv.Itoa(days))
	}
	gauge(keysEnded, float64(found.Ended))
	gauge(keysRevoked, float64(found.Revoked))
	gauge(keysUnknown, float64(found.Unknown))
}
