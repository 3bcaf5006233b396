package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/vierkant/vierkant/api/fair"
)

// remembered is how many pairs of client and address, and how many addresses, are told apart.
const remembered = 20_000

// logins slows down who sends wrong secrets; see the package.
type logins struct {
	proxies   fair.Proxies
	pairs     *fair.Failures[pair]
	addresses *fair.Failures[netip.Addr]

	mu   sync.Mutex                 // guards good
	good *fair.Recent[pair, digest] // the secret that was right the last time
}

// pair is a client, which need not exist, as it is seen from one address.
type pair struct {
	client digest // of the id: that has any length
	from   netip.Addr
}

type digest [sha256.Size]byte

// attempt is one login.
type attempt struct {
	*logins
	pair
	secret digest
}

func newLogins(proxies fair.Proxies, now func() time.Time) *logins {
	return &logins{
		proxies: proxies,
		pairs: fair.NewFailures[pair](fair.Rule{
			Free: 5, First: time.Second, Most: 5 * time.Minute, Forgive: 10 * time.Minute,
		}, remembered, now),
		addresses: fair.NewFailures[netip.Addr](fair.Rule{
			Free: 50, First: time.Second, Most: 5 * time.Minute, Forgive: 10 * time.Second,
		}, remembered, now),
		good: fair.NewRecent[pair, digest](remembered),
	}
}

func (l *logins) attempt(r *http.Request, client, secret string) attempt {
	return attempt{l, pair{sha256.Sum256([]byte(client)), l.proxies.Caller(r)}, sha256.Sum256([]byte(secret))}
}

// pause is how long this attempt has to wait before it is looked at.
func (a attempt) pause() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wasGood() {
		return 0
	}
	return a.pairs.Pause(a.pair)
}

// pauseOfAddress is how long the address has to wait before it is told of another wrong secret.
func (a attempt) pauseOfAddress() time.Duration { return a.addresses.Pause(a.from) }

func (a attempt) failed() {
	a.pairs.Failed(a.pair)
	a.addresses.Failed(a.from)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wasGood() { // the client was disabled, or has another secret now
		a.good.Drop(a.pair)
	}
}

func (a attempt) succeeded() {
	a.pairs.Forget(a.pair)
	a.mu.Lock()
	defer a.mu.Unlock()
	*a.good.Get(a.pair) = a.secret
}

// wasGood needs mu.
func (a attempt) wasGood() bool {
	good := a.good.Find(a.pair)
	return good != nil && subtle.ConstantTimeCompare(good[:], a.secret[:]) == 1
}
