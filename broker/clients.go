package broker

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
)

// Clients are the API clients of organisations.
type Clients struct{ *core }

// NewClient describes a client to be made.
type NewClient struct {
	Name   string
	Kind   ClientKind
	Manage bool    // for subscribers: may manage destinations
	Grants []Grant // for senders: where and what they may send; none: everything
}

// RegisterOrg makes an organisation. Only the operator may.
func (s *Clients) RegisterOrg(ctx context.Context, who Caller, name string) (Org, error) {
	if err := who.RequireOperator(); err != nil {
		return Org{}, err
	}
	if strings.TrimSpace(name) == "" {
		return Org{}, Invalid.New("bad-request", "an organisation needs a name")
	}
	org := Org{ID: NewID[OrgID](), Name: name, Created: s.Now()}
	return org, s.Store.Update(ctx, func(tx Tx) error { return tx.PutOrg(org) })
}

// Register makes a client for the caller's organisation and returns it with its secret, which is shown this once: only its digest
// is kept.
func (s *Clients) Register(ctx context.Context, who Caller, n NewClient) (Client, string, error) {
	if err := who.RequireOperator(); err != nil {
		return Client{}, "", err
	}
	if n.Kind != Sender && n.Kind != Subscriber {
		return Client{}, "", Invalid.New("bad-request", "a client is a %s or a %s, not %q", Sender, Subscriber, n.Kind)
	}
	if n.Manage && n.Kind != Subscriber {
		return Client{}, "", Invalid.New("bad-request", "only a subscriber manages destinations")
	}
	if err := n.checkGrants(); err != nil {
		return Client{}, "", err
	}
	secret := newSecret()
	digest := sha256.Sum256([]byte(secret))
	c := Client{
		ID: NewID[ClientID](), Org: who.Org, Name: n.Name, Kind: n.Kind, Manage: n.Manage, Grants: n.Grants,
		SecretDigest: digest[:], Created: s.Now(),
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		if _, err := tx.Org(who.Org); err != nil {
			return noOrg(err, who.Org)
		}
		return tx.PutClient(c)
	})
	return c, secret, err
}

func (n NewClient) checkGrants() error {
	if len(n.Grants) > 0 && n.Kind != Sender {
		return Invalid.New("bad-request", "only a sender has grants to send")
	}
	if len(n.Grants) > MaxScopes {
		return Invalid.New("bad-request", "a client has at most %d grants, %d were given: grant a region above instead", MaxScopes, len(n.Grants))
	}
	for _, g := range n.Grants {
		if err := g.check(); err != nil {
			return err
		}
	}
	return nil
}

// Authenticate returns the client whose secret this is. Whether the id or the secret was wrong is not said. A plain
// SHA-256 is enough: the secret has 256 random bits, there is nothing to guess.
func (s *Clients) Authenticate(ctx context.Context, id ClientID, secret string) (Client, error) {
	c, err := s.active(ctx, id)
	if err != nil {
		return Client{}, err
	}
	digest := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(digest[:], c.SecretDigest) != 1 {
		return Client{}, errNoClient()
	}
	return c, nil
}

// Caller returns who a checked access token speaks for. The client is read on every request, so that a disabled one
// is out at once, and it keeps only those of the token's scopes that it still holds.
func (s *Clients) Caller(ctx context.Context, id ClientID, scopes []Scope) (Caller, error) {
	c, err := s.active(ctx, id)
	if err != nil {
		return Caller{}, err
	}
	who := Caller{Client: c.ID, Org: c.Org}
	for _, scope := range scopes {
		if c.holds(scope) {
			who.Scopes = append(who.Scopes, scope)
		}
	}
	return who, nil
}

func (s *Clients) active(ctx context.Context, id ClientID) (c Client, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		c, err = tx.Client(id)
		return err
	})
	if errors.Is(err, ErrNoRow) || err == nil && c.Disabled {
		return Client{}, errNoClient()
	}
	return c, err
}

func errNoClient() error {
	return Unauthenticated.New("unauthorized", "unknown client, wrong secret, or client disabled")
}
