package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/broker"
)

// unlimited is for what asks more than anybody does, at a clock that stands still.
func unlimited() api.FairUse {
	const many = 1 << 40
	return api.FairUse{ClientReads: many, ClientWrites: many, Address: many, Routing: many}
}

// refusals remembers what Refused was told.
type refusals struct {
	mu    sync.Mutex
	kinds []string
}

func (r *refusals) add(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kinds = append(r.kinds, what)
}

func (r *refusals) want(t testing.TB, want ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.kinds, want) {
		t.Errorf("got the refusals %q, want %q", r.kinds, want)
	}
	r.kinds = nil
}

// limited is a world with few requests for everybody. What it takes to make one is not counted: a minute is over.
func limited(t *testing.T, use api.FairUse) (*world, *refusals) {
	t.Helper()
	refused := new(refusals)
	w := newWorld(t, func(_ *brokerConfig, a *apiConfig) {
		use.Address = max(use.Address, 10) // the tokens of the world
		a.FairUse, a.Refused = use, refused.add
		a.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	w.clock.forward(time.Minute)
	return w, refused
}

// from is a request of another address.
func from(address string) option { return with("X-Forwarded-For", address) }

// left checks the three headers.
func (a answer) left(limit, remaining, reset int) answer {
	a.t.Helper()
	for name, want := range map[string]int{"RateLimit-Limit": limit, "RateLimit-Remaining": remaining, "RateLimit-Reset": reset} {
		if got := a.header.Values(name); len(got) != 1 || got[0] != strconv.Itoa(want) {
			a.t.Errorf("%s: got %s %q, want %d", a.what, name, got, want)
		}
	}
	return a
}

// Every answer says what is left, and of whom it was taken.
func TestEveryAnswerSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	w, _ := limited(t, api.FairUse{ClientReads: 6, ClientWrites: 4, Address: 12, Routing: 3})
	id := broker.NewID[string]()
	const submissions, destinations = "/submission-api/v2/submissions", "/destination-api/v1/destinations"
	for _, c := range []struct {
		name, method, path string
		who                client
		status             int
		limit              int
	}{
		{"read", "GET", submissions, w.subscriber, 200, 6},
		{"head", "HEAD", submissions, w.subscriber, 200, 6},
		{"read of what there is not", "GET", submissions + "/" + id, w.subscriber, 404, 6},
		{"write of what is wrong", "POST", submissions, w.sender, 400, 4},
		{"write without the scope", "POST", destinations, w.sender, 403, 4},
		{"list", "GET", "/destination-api/v2/destinations", w.subscriber, 200, 6},
		{"public", "GET", "/submission-api/v2/info", w.subscriber, 200, 12},
		{"public keys", "GET", "/submission-api/.well-known/jwks.json", client{}, 200, 12},
		{"nobody", "GET", submissions, client{}, 401, 12},
		{"a token that is none", "GET", submissions, client{token: "x"}, 401, 12},
		{"no such path", "GET", "/submission-api/v2/x", w.subscriber, 404, 12},
		{"a slash too many", "GET", submissions + "/" + id + "/", w.subscriber, 404, 12},
		{"no such method", "DELETE", submissions, w.subscriber, 405, 12},
		{"token", "POST", "/token", client{}, 400, 12},
		{"routing", "GET", "/routing-api/v2/info", client{}, 200, 3},
		{"no such path of routing", "GET", "/routing-api/v2/x", client{}, 404, 3},
	} {
		a := w.call(c.method, c.path, map[bool]string{true: "{}"}[c.method == "POST"], as(c.who)).want(t, c.status)
		a.left(c.limit, c.limit-1, 60/c.limit)
		w.clock.forward(time.Minute)
	}
}

// Who asks too often is told when to come back, and is let in then. Reads, writes and other clients are not touched.
func TestClientBudgets(t *testing.T) {
	t.Parallel()
	w, refused := limited(t, api.FairUse{ClientReads: 3, ClientWrites: 2})
	read := func(who client) answer { return w.call(http.MethodGet, "/submission-api/v2/submissions", "", as(who)) }
	write := func(who client) answer {
		return w.call(http.MethodPost, "/submission-api/v2/submissions", "{}", as(who))
	}
	for i := range 3 {
		read(w.subscriber).want(t, 200).left(3, 2-i, 20*(i+1))
	}
	over := read(w.subscriber).left(3, 0, 60)
	over.wantProblem(t, 429, "too-many-requests", "3 requests a minute")
	if got := over.header.Get("Retry-After"); got != "20" {
		t.Errorf("got Retry-After %q, want 20", got)
	}
	write(w.subscriber).want(t, 403).left(2, 1, 30)
	read(w.foreign).want(t, 200).left(3, 2, 20)
	write(w.sender).want(t, 400)
	write(w.sender).want(t, 400)
	write(w.sender).want(t, 429)
	refused.want(t, "client-reads", "client-writes")
	if line := w.lastLine(t); line["client"] != w.sender.id || line["code"] != "too-many-requests" {
		t.Errorf("got the line %v, want the client that was refused", line)
	}

	w.clock.forward(20*time.Second - 1)
	read(w.subscriber).want(t, 429)
	w.clock.forward(1)
	read(w.subscriber).want(t, 200).left(3, 0, 60)
	read(w.subscriber).want(t, 429)
}

// A client keeps its budget whatever becomes of its token, and has one wherever it is.
func TestBudgetIsTheClients(t *testing.T) {
	t.Parallel()
	w, _ := limited(t, api.FairUse{ClientReads: 2})
	again := w.sender
	again.token = w.fetchToken(w.sender)
	const path = "/submission-api/v2/submissions"
	w.call(http.MethodGet, path, "", as(w.sender)).want(t, 403).left(2, 1, 30)
	w.call(http.MethodGet, path, "", as(again), from("192.0.2.1")).want(t, 403).left(2, 0, 60)
	w.call(http.MethodGet, path, "", as(w.sender), from("192.0.2.2")).want(t, 429)
}

// What comes without a good token is paid by its address, and costs clients at that address nothing.
func TestAddressBudget(t *testing.T) {
	t.Parallel()
	w, refused := limited(t, api.FairUse{Address: 10})
	const address, path = "198.51.100.7", "/submission-api/v2/submissions"
	for i := range 5 {
		w.call(http.MethodGet, path, "", from(address)).want(t, 401)
		w.call(http.MethodGet, "/submission-api/v2/info", "", from(address)).want(t, 200).left(10, 8-2*i, 12*(i+1))
	}
	for _, asked := range []string{path, "/submission-api/v2/info", "/x", "/.well-known/jwks.json"} {
		over := w.call(http.MethodGet, asked, "", from(address))
		over.wantProblem(t, 429, "too-many-requests", "10 requests a minute")
		if got := over.header.Get("Retry-After"); got != "6" {
			t.Errorf("%s: got Retry-After %q, want 6", asked, got)
		}
	}
	refused.want(t, "address", "address", "address", "address")
	w.call(http.MethodGet, path, "", as(w.subscriber), from(address)).want(t, 200)
	w.call(http.MethodGet, "/submission-api/v2/info", "", from("198.51.100.8")).want(t, 200)
	for i := range 10 {
		w.call(http.MethodGet, "/x", "", from(fmt.Sprintf("2001:db8:0:1::%x", i))).want(t, 404)
	}
	w.call(http.MethodGet, "/x", "", from("2001:db8:0:1:ffff::1")).want(t, 429)
	w.call(http.MethodGet, "/x", "", from("2001:db8:0:2::1")).want(t, 404)
}

// A client that asks and asks does not keep another one from its job.
func TestFloodBesideAClient(t *testing.T) {
	t.Parallel()
	w, _ := limited(t, api.FairUse{ClientReads: 300, ClientWrites: 300})
	destination := w.active()
	over, refused := make(chan struct{}), make(chan int)
	for range 2 {
		go w.flood(w.other, over, refused)
	}
	for range 10 {
		w.submitted(destination)
	}
	close(over)
	if <-refused+<-refused == 0 {
		t.Error("the flood was never refused")
	}
}

// flood asks until it is over, and at least so often that it must be refused.
func (w *world) flood(who client, over <-chan struct{}, refused chan<- int) {
	count := 0
	defer func() { refused <- count }()
	for asked := 0; ; asked++ {
		select {
		case <-over:
			if asked > 300 {
				return
			}
		default:
		}
		if w.serve(http.MethodPost, "/submission-api/v2/submissions", "{}", as(who), typed("application/json")).Code == http.StatusTooManyRequests {
			count++
		}
	}
}
