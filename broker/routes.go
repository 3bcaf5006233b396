package broker

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/routing"
)

// Routes say which destination serves a service in an area. Look-ups read an immutable snapshot in memory; a publication writes
// the store first and then replaces the snapshot.
//
// To follow a change is to read all routes and to build the table beside the one that answers. Of a million entries in eleven thousand routes that takes
// about 2 s of a core and 360 MB that are garbage afterwards, most of both to read the records, and look-ups meanwhile are hardly slower: 99 of 100 end
// within 2.4 µs instead of 1.6 (BenchmarkFollow in package api). Changes that come in the meantime are followed together.
type Routes struct {
	*core
	current atomic.Pointer[snapshot]
	reload  sync.Mutex // held from reading the store to replacing current, so that the newest wins
	seen    string     // guarded by reload: the mark of what current shows
}

// routesMark is one entry, which is another after each change of what look-ups show. Who follows other nodes reads it alone, and not
// all routes of the country, to know whether there is anything new.
const routesMark EntryKind = "routes-mark"

// MarkRoutes belongs into each transaction that changes what look-ups show.
func MarkRoutes(tx Tx) error {
	return tx.PutEntry(Entry{Kind: routesMark, ID: "1", Value: []byte(`"` + newToken() + `"`)})
}

func readMark(tx Tx) (string, error) {
	mark, err := tx.Entry(routesMark, "1")
	if errors.Is(err, ErrNoRow) {
		return "", nil
	}
	return string(mark.Value), err
}

// snapshot is the published routes with the table whose handles are indexes into all.
type snapshot struct {
	table *routing.Table
	all   []Route
	own   map[uint32]RouteInfo // what routes tell by themselves to which Join put something, by their numbers
}

// remember keeps what routes tell by themselves, before Join.
func (s *snapshot) remember() {
	s.own = map[uint32]RouteInfo{}
	for n, r := range s.all {
		if r.Adoption != "" {
			s.own[uint32(n)] = r.Info
		}
	}
}

// withdrawRoutes takes the routes of a destination that will take nothing any more out of the store; the caller follows.
func (c *core) withdrawRoutes(tx Tx, who Caller, d Destination) error {
	all, err := tx.Routes()
	all = slices.DeleteFunc(all, func(r Route) bool { return r.Destination != d.ID })
	if err != nil || len(all) == 0 {
		return err
	}
	if c.Withdraw != nil {
		return c.Withdraw(tx, c.Now(), who, d, all)
	}
	for _, r := range all {
		if err := tx.DeleteRoute(r.ID); err != nil {
			return err
		}
	}
	return MarkRoutes(tx)
}

// Reattest signs the routes anew whose addressing information names another host or portal than this installation has now: its
// address was changed, and senders would refuse what the old one attested. It does not put them into the table.
func (s *Routes) Reattest(ctx context.Context) error {
	var all []Route
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		all, err = tx.Routes()
		return err
	}); err != nil {
		return err
	}
	fresh := map[string]string{} // signatures by those that they replace
	for _, r := range all {
		if s.Attested(r) {
			continue
		}
		var err error
		if fresh[r.Signature], err = s.Attest(r); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return s.Store.Update(ctx, func(tx Tx) error { return s.replaceSignatures(tx, fresh) })
}

// replaceSignatures gives routes their fresh signatures. A route that another node changed meanwhile has another one.
func (s *Routes) replaceSignatures(tx Tx, fresh map[string]string) error {
	all, err := tx.Routes()
	for _, r := range all {
		signature, ok := fresh[r.Signature]
		if !ok || err != nil {
			continue
		}
		r.Signature = signature
		err = tx.PutRoute(r)
	}
	if err != nil {
		return err
	}
	return MarkRoutes(tx)
}

// Attested reports whether a route has addressing information of this installation as it is reached now.
func (s *Routes) Attested(r Route) bool {
	claims, err := attest.Parse(r.Signature)
	return err == nil && claims.SubmissionHost == s.host() && claims.Issuer == s.Portal
}

// Attest signs the addressing information of a route with the portal's key. It takes some ten milliseconds of a core.
func (s *Routes) Attest(r Route) (string, error) {
	kid, signer, err := s.Keyring.Current(PortalKeys)
	if err != nil {
		return "", err
	}
	return attest.Sign(s.claims(r), kid, signer)
}

// Attestable reports whether the addressing information of a route is short enough to be signed.
func (s *Routes) Attestable(r Route) bool { return s.claims(r).Fits() }

func (s *Routes) claims(r Route) attest.Claims {
	claims := attest.Claims{
		SubmissionHost: s.host(), Issuer: s.Portal, DestinationID: string(r.Destination),
		IssuedAt: s.Now(), ID: NewID[string](),
	}
	for _, c := range r.Coverage {
		claims.Services = append(claims.Services, attest.Service{Regions: arsOf(c.Regions), Services: c.Services})
	}
	return claims
}

// host is the name under which senders know the Submission API (FIT-Connect contract 5.5).
func (s *Routes) host() string {
	u, err := url.Parse(s.Issuer)
	if err != nil {
		return s.Issuer
	}
	return u.Host
}

func arsOf(regions []string) []string {
	digits := make([]string, len(regions))
	for i, r := range regions {
		digits[i] = strings.TrimPrefix(r, "DE")
	}
	return digits
}

// Reload reads all routes from the store and replaces the snapshot.
func (s *Routes) Reload(ctx context.Context) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	return s.load(ctx)
}

// Follow reloads if this node or another one changed anything since.
func (s *Routes) Follow(ctx context.Context) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	var mark string
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		mark, err = readMark(tx)
		return err
	}); err != nil || mark == s.seen {
		return err
	}
	return s.load(ctx)
}

// load is for whoever holds reload.
func (s *Routes) load(ctx context.Context) error {
	var (
		fresh snapshot
		mark  string
	)
	if err := s.Store.View(ctx, func(tx Tx) (err error) {
		if mark, err = readMark(tx); err != nil {
			return err
		}
		if fresh.all, err = RoutesByAge(tx); err == nil && s.Join != nil {
			fresh.remember()
			err = s.Join(tx, fresh.all)
		}
		return err
	}); err != nil {
		return err
	}
	var err error
	if fresh.table, err = RouteTable(fresh.all); err != nil {
		return err
	}
	s.current.Store(&fresh)
	s.seen = mark
	return nil
}
