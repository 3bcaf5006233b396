package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// login tries a secret from an address.
func (w *world) login(id, secret, address string) answer {
	w.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	return w.token(form.Encode(), from(address))
}

// wait checks that a login was not looked at.
func (a answer) wait(t *testing.T, seconds int) {
	t.Helper()
	a.want(t, http.StatusTooManyRequests)
	var got wire.TokenError
	if err := json.Unmarshal(a.body, &got); err != nil || got.Error != "slow_down" || got.Description == "" {
		t.Errorf("got %s, want slow_down", a.body)
	}
	if got := a.header.Get("Retry-After"); got != strconv.Itoa(seconds) {
		t.Errorf("got Retry-After %q, want %d", got, seconds)
	}
}

const (
	home     = "198.51.100.1"
	stranger = "203.0.113.66"
)

// Wrong secrets are paid for with pauses, by the one who sends them; clients that exist and those that do not are treated alike.
func TestWrongSecrets(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]bool{"a client": false, "no client": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, refused := limited(t, api.FairUse{Address: 1000})
			id := w.sender.id
			if unknown {
				id = broker.NewID[string]()
			}
			for range 5 {
				w.login(id, "wrong", stranger).want(t, 401)
			}
			w.login(id, "wrong", stranger).want(t, 401) // the first that costs something
			for _, pause := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 300} {
				w.login(id, "wrong", stranger).wait(t, pause)
				w.login(id, w.sender.secret, stranger).wait(t, pause)
				w.clock.forward(time.Duration(pause) * time.Second)
				w.login(id, "wrong", stranger).want(t, 401)
			}
			refused.want(t, slices.Repeat([]string{"login"}, 20)...)
		})
	}
}

// Nobody else is held up by it.
func TestWrongSecretsHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	w, _ := limited(t, api.FairUse{Address: 1000})
	w.login(w.sender.id, w.sender.secret, home).want(t, 200)
	for range 100 {
		w.login(w.sender.id, "wrong", stranger)
	}
	w.login(w.sender.id, w.sender.secret, stranger).want(t, 429)
	w.login(w.sender.id, w.sender.secret, home).want(t, 200)           // the owner, where he was
	w.login(w.sender.id, w.sender.secret, "198.51.100.2").want(t, 200) // and where he was not yet
	w.login(w.other.id, w.other.secret, stranger).want(t, 200)         // a neighbour of the other
	for range 100 {
		w.login(w.other.id, "wrong", stranger)
	}
	w.login(w.other.id, w.other.secret, stranger).want(t, 200) // whose secret was right the last time
	w.login(w.other.id, "wrong", stranger).want(t, 401)        // and a success clears
	w.clock.forward(5 * time.Minute)
	w.login(w.sender.id, w.sender.secret, stranger).want(t, 200)
	w.login(w.sender.id, "wrong", stranger).want(t, 401)
	w.login(w.sender.id, "wrong", stranger).want(t, 401)
}

// Who tries the ids one after the other is held by the address; whoever has a right secret is not, known there or not.
func TestWrongSecretsOfManyClients(t *testing.T) {
	t.Parallel()
	w, _ := limited(t, api.FairUse{Address: 1000})
	w.login(w.sender.id, w.sender.secret, stranger).want(t, 200)
	for range 51 {
		w.login(broker.NewID[string](), "wrong", stranger).want(t, 401)
	}
	w.login(broker.NewID[string](), "wrong", stranger).wait(t, 1)
	w.login(w.other.id, "wrong", stranger).wait(t, 1)
	w.login(w.other.id, w.other.secret, stranger).want(t, 200)
	w.login(w.sender.id, w.sender.secret, stranger).want(t, 200)
	w.login(w.foreign.id, "wrong", home).want(t, 401)
}

// A secret that was right and is so no longer is like any other.
func TestSecretThatIsNoLongerGood(t *testing.T) {
	t.Parallel()
	var store broker.Store
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { store = b.Store })
	w.token(credentials(w.sender)).want(t, 200)
	if err := store.Update(t.Context(), func(tx broker.Tx) error {
		c, err := tx.Client(broker.ClientID(w.sender.id))
		if err != nil {
			return err
		}
		c.Disabled = true
		return tx.PutClient(c)
	}); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		w.token(credentials(w.sender)).want(t, 401)
	}
	w.token(credentials(w.sender)).wait(t, 1)
}

// A client that fetches a token for every call is not held up.
func TestTokenForEveryCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 300 {
		w.token(credentials(w.subscriber)).want(t, 200)
	}
}
