package broker

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/crypto/keys"
)

// PublishedBefore is how long a key of the broker is shown in its JWKS before it signs anything, so that verifiers that cache
// the set know it in time.
const PublishedBefore = time.Hour

// KeyPair is a fresh key of the broker.
type KeyPair struct {
	KID     string
	Public  json.RawMessage // JWK
	Private crypto.Signer
}

// KeyringConfig is what a Keyring needs; all fields are required.
type KeyringConfig struct {
	Store   Store
	Wrapper *keys.Wrapper
	Make    map[KeyUse]func() (KeyPair, error) // how a key of each use is made
	Now     func() time.Time
}

// Keyring holds the broker's own keys: one current and one next of each use, and the retired ones. They are records in the store,
// their private parts wrapped by the key file, so that all nodes of an environment share them; a Keyring is a node's view.
type Keyring struct {
	cfg    KeyringConfig
	view   atomic.Pointer[map[KeyUse]keyView]
	reload sync.Mutex // held from reading the store to replacing view, so that the newest wins
	ops    atomic.Int64
}

// keyView is the keys of one use as this node last read them.
type keyView struct {
	all     []ServiceKey
	kid     string
	private crypto.Signer // of the current key
}

// OpenKeyring loads the keys, making the current ones that are missing.
func OpenKeyring(ctx context.Context, cfg KeyringConfig) (*Keyring, error) {
	k := &Keyring{cfg: cfg}
	if err := k.ensureAll(ctx, KeyCurrent); err != nil {
		return nil, err
	}
	return k, k.Reload(ctx)
}

// Prepare makes the next keys that are missing. Making one takes about a second; a node does it after it has begun to answer.
func (k *Keyring) Prepare(ctx context.Context) error {
	if err := k.ensureAll(ctx, KeyNext); err != nil {
		return err
	}
	return k.Reload(ctx)
}

// ensureAll makes the keys that are missing in the given state, side by side.
func (k *Keyring) ensureAll(ctx context.Context, state KeyState) error {
	group, ctx := errgroup.WithContext(ctx)
	for use := range k.cfg.Make {
		group.Go(func() error {
			if err := k.ensure(ctx, use, state); err != nil {
				return fmt.Errorf("keyring: %s: %w", use, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// ensure makes a key in the given state unless there is one. Two nodes may both make one; the transaction keeps the first.
func (k *Keyring) ensure(ctx context.Context, use KeyUse, state KeyState) error {
	present := false
	look := func(tx Tx) error {
		all, err := tx.ServiceKeys(use)
		present = find(all, state) != nil
		return err
	}
	if err := k.cfg.Store.View(ctx, look); err != nil || present {
		return err
	}
	fresh, err := k.make(use, state)
	if err != nil {
		return err
	}
	return k.cfg.Store.Update(ctx, func(tx Tx) error {
		if err := look(tx); err != nil || present {
			return err
		}
		return tx.PutServiceKey(fresh)
	})
}

func (k *Keyring) make(use KeyUse, state KeyState) (ServiceKey, error) {
	pair, err := k.cfg.Make[use]()
	if err != nil {
		return ServiceKey{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.Private)
	if err != nil {
		return ServiceKey{}, err
	}
	wrapped, err := k.cfg.Wrapper.Wrap(der, wrapContext(use, pair.KID))
	if err != nil {
		return ServiceKey{}, err
	}
	now := k.cfg.Now()
	return ServiceKey{Use: use, KID: pair.KID, State: state, Public: pair.Public, Private: wrapped, Created: now, Changed: now}, nil
}

// Open unwraps the private part, in PKCS #8. It fails if the wrapper has another key file than the one with which the key was made.
func (k ServiceKey) Open(w *keys.Wrapper) (der []byte, err error) {
	if der, err = w.Unwrap(k.Private, wrapContext(k.Use, k.KID)); err != nil {
		return nil, fmt.Errorf("key %s: %w (is this the key file the data was made with?)", k.KID, err)
	}
	return der, nil
}

func wrapContext(use KeyUse, kid string) string { return "broker key " + string(use) + " " + kid }

// Reload reads the keys anew, so that this node sees what another one rotated.
func (k *Keyring) Reload(ctx context.Context) error {
	k.reload.Lock()
	defer k.reload.Unlock()
	fresh := make(map[KeyUse]keyView, len(k.cfg.Make))
	for use := range k.cfg.Make {
		v, err := k.load(ctx, use)
		if err != nil {
			return fmt.Errorf("keyring: %s: %w", use, err)
		}
		fresh[use] = v
	}
	k.view.Store(&fresh)
	return nil
}

func (k *Keyring) load(ctx context.Context, use KeyUse) (v keyView, err error) {
	err = k.cfg.Store.View(ctx, func(tx Tx) (err error) {
		v.all, err = tx.ServiceKeys(use)
		return err
	})
	current := find(v.all, KeyCurrent)
	if err != nil || current == nil {
		return v, err
	}
	der, err := current.Open(k.cfg.Wrapper)
	if err != nil {
		return v, err
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return v, fmt.Errorf("key %s: %w", current.KID, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return v, fmt.Errorf("key %s cannot sign", current.KID)
	}
	v.kid, v.private = current.KID, signer
	return v, nil
}

// Rotate moves the keys of a use on: next becomes current, current becomes retired, and a new next is made. It refuses while next
// was published for less than PublishedBefore, since verifiers may not know it yet.
func (k *Keyring) Rotate(ctx context.Context, use KeyUse) error {
	if _, known := k.cfg.Make[use]; !known {
		return Invalid.New("bad-request", "there are no keys for %q: name %s, %s or %s", use, ServiceKeys, PortalKeys, TokenKeys)
	}
	if err := k.cfg.Store.Update(ctx, func(tx Tx) error { return k.rotate(tx, use) }); err != nil {
		return err
	}
	if err := k.ensure(ctx, use, KeyNext); err != nil {
		return err
	}
	return k.Reload(ctx)
}

func (k *Keyring) rotate(tx Tx, use KeyUse) error {
	all, err := tx.ServiceKeys(use)
	if err != nil {
		return err
	}
	next, current := find(all, KeyNext), find(all, KeyCurrent)
	if next == nil {
		return Conflict.New("no-next-key", "the %s keys have no next key yet: it is being made, try again in a minute", use)
	}
	now := k.cfg.Now()
	if ready := next.Created.Add(PublishedBefore); now.Before(ready) {
		return Conflict.New("next-key-too-young", "the next %s key is shown since %s; verifiers that keep the key set for an hour may not know it: rotate at or after %s",
			use, next.Created.UTC().Format(time.RFC3339), ready.UTC().Format(time.RFC3339))
	}
	next.State, next.Changed = KeyCurrent, now
	if current != nil {
		current.State, current.Changed = KeyRetired, now
		if err := tx.PutServiceKey(*current); err != nil {
			return err
		}
	}
	if err := tx.PutServiceKey(*next); err != nil {
		return err
	}
	return Note(tx, now, Operator(""), Deed{Deed: "broker-key.rotated", Subject: string(use), Detail: next.KID})
}

// Current returns the key that signs now; what it signs is counted. Without one it is Unavailable.
func (k *Keyring) Current(use KeyUse) (kid string, signer crypto.Signer, err error) {
	v := (*k.view.Load())[use]
	if v.private == nil {
		return "", nil, Unavailable.New("no-signing-key", "this service has no %s key at the moment", use)
	}
	return v.kid, countedSigner{v.private, &k.ops}, nil
}

// All returns the keys of a use in the order they were made.
func (k *Keyring) All(use KeyUse) []ServiceKey { return (*k.view.Load())[use].all }

// JWKS returns the public keys of a use as a JWK Set (RFC 7517): the current one first, then next, then retired.
func (k *Keyring) JWKS(use KeyUse) []byte {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, state := range []KeyState{KeyCurrent, KeyNext, KeyRetired} {
		for _, key := range k.All(use) {
			if key.State == state {
				set.Keys = append(set.Keys, key.Public)
			}
		}
	}
	raw, _ := json.Marshal(set) // of raw JSON that was marshalled before
	return raw
}

// Chain returns what ties events together, for whoever signs them: altered claims must not get a genuine signature.
func (k *Keyring) Chain() Chain { return NewChain(k.cfg.Wrapper) }

// PrivateKeyOps counts what Current's keys signed since the start.
func (k *Keyring) PrivateKeyOps() int64 { return k.ops.Load() }

func find(all []ServiceKey, state KeyState) *ServiceKey {
	for i := range all {
		if all[i].State == state {
			return &all[i]
		}
	}
	return nil
}

// countedSigner counts what it signs.
type countedSigner struct {
	crypto.Signer
	ops *atomic.Int64
}

// Sign implements crypto.Signer.
func (s countedSigner) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.ops.Add(1)
	return s.Signer.Sign(rand, digest, opts)
}
