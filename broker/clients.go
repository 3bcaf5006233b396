package broker

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"time"
)

// Clients are the API clients of organisations.
type Clients struct{ *core }

// Organisations and clients are nouns of the store, which finds them by their ids. Which ones there are is an entry each, written with them and
// without a value: who lists them is a person now and then, and a store needs no further order of its own for that.
const (
	OrgEntries    EntryKind = "org"    // owner: none
	ClientEntries EntryKind = "client" // owner: the organisation
)

// MaxOverlap bounds for how long the secret before is good beside a new one.
const MaxOverlap = 30 * 24 * time.Hour

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
	if err := CheckName("the name of an organisation", name); err != nil {
		return Org{}, err
	}
	org := Org{ID: NewID[OrgID](), Name: name, Created: s.Now()}
	return org, s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.PutOrg(org); err != nil {
			return err
		}
		if err := tx.PutEntry(Entry{Kind: OrgEntries, ID: string(org.ID)}); err != nil {
			return err
		}
		return Note(tx, s.Now(), who, Deed{Org: org.ID, Deed: "organisation.registered", Subject: string(org.ID), Detail: org.Name})
	})
}

// Register makes a client for the caller's organisation and returns it with its secret, which is shown this once: only its digest
// is kept.
func (s *Clients) Register(ctx context.Context, who Caller, n NewClient) (Client, string, error) {
	if err := who.Entitled(who.Org, RightClients); err != nil {
		return Client{}, "", err
	}
	if err := n.check(); err != nil {
		return Client{}, "", err
	}
	c := Client{ID: NewID[ClientID](), Org: who.Org, Name: n.Name, Kind: n.Kind, Manage: n.Manage, Grants: n.Grants, Created: s.Now()}
	secret := newSecret()
	c.take(secret, who)
	err := s.Store.Update(ctx, func(tx Tx) error {
		if err := s.room(tx, who.Org); err != nil {
			return err
		}
		if err := tx.PutEntry(Entry{Kind: ClientEntries, ID: string(c.ID), Owner: string(c.Org)}); err != nil {
			return err
		}
		return s.put(tx, who, c, "client.registered", c.Name)
	})
	return c, secret, err
}

func (n NewClient) check() error {
	if n.Kind != Sender && n.Kind != Subscriber {
		return Invalid.New("bad-request", "a client is a %s or a %s, not %q", Sender, Subscriber, clip(string(n.Kind)))
	}
	if n.Manage && n.Kind != Subscriber {
		return Invalid.New("bad-request", "only a subscriber manages destinations")
	}
	if len(n.Name) > maxText {
		return badRequest("the name of a client has at most %d bytes", maxText)
	}
	return n.checkGrants()
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

// room refuses an organisation that is not there, or has as many clients as it may.
func (s *Clients) room(tx Tx, org OrgID) error {
	if _, err := tx.Org(org); err != nil {
		return NoOrg(err, org)
	}
	_, total, err := tx.EntriesOf(ClientEntries, string(org), Page{Limit: 1})
	if err == nil && total >= s.Limits.Clients {
		return Conflict.New("too-many-clients", "an organisation has at most %d clients", s.Limits.Clients)
	}
	return err
}

// take makes a secret the client's. Who is shown it is kept: where it takes two persons, nobody is to be one of them by this client.
func (c *Client) take(secret string, who Caller) {
	digest := sha256.Sum256([]byte(secret))
	c.SecretDigest = digest[:]
	if who.Person != "" && !slices.Contains(c.ShownTo, who.Person) {
		c.ShownTo = append(c.ShownTo, who.Person)
	}
}

// put writes a client, and into the audit log what was done.
func (s *Clients) put(tx Tx, who Caller, c Client, deed, detail string) error {
	if err := tx.PutClient(c); err != nil {
		return err
	}
	return Note(tx, s.Now(), who, Deed{Org: c.Org, Deed: deed, Subject: string(c.ID), Detail: detail})
}

// List returns the clients of the caller's organisation, in the order in which they were registered.
func (s *Clients) List(ctx context.Context, who Caller, p Page) (all []Client, total int, err error) {
	if err := who.Entitled(who.Org, RightRead); err != nil {
		return nil, 0, err
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		var entries []Entry
		if entries, total, err = tx.EntriesOf(ClientEntries, string(who.Org), p); err != nil {
			return err
		}
		all = make([]Client, len(entries))
		for i, e := range entries {
			if all[i], err = tx.Client(ClientID(e.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return all, total, err
}

// Get returns a client of the caller's organisation; an operator's may be any.
func (s *Clients) Get(ctx context.Context, who Caller, id ClientID) (c Client, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		c, err = own(tx, who, id, RightRead)
		return err
	})
	return c, err
}

// own returns a client for which the caller has the right. A foreign one is NotFound.
func own(tx Tx, who Caller, id ClientID, to Right) (Client, error) {
	c, err := tx.Client(id)
	if err != nil {
		return Client{}, noClient(err, id)
	}
	if err := who.Entitled(c.Org, to); errors.Is(err, NotFound) {
		return Client{}, noClient(ErrNoRow, id)
	} else if err != nil {
		return Client{}, err
	}
	return c, nil
}

// Rotate gives a client a new secret and returns it, shown this once. The one before is good for overlap longer, so that programs can be told
// one after the other; those before that are good no more.
func (s *Clients) Rotate(ctx context.Context, who Caller, id ClientID, overlap time.Duration) (Client, string, error) {
	if overlap < 0 || overlap > MaxOverlap {
		return Client{}, "", badRequest("the secret before is good for at most %d days longer", MaxOverlap/24/time.Hour)
	}
	secret := newSecret()
	c, err := s.change(ctx, who, id, func(c *Client) (deed, detail string) {
		c.FormerDigest, c.FormerUntil = nil, time.Time{}
		if overlap > 0 {
			c.FormerDigest, c.FormerUntil = c.SecretDigest, s.Now().Add(overlap)
			detail = "the one before is good until " + c.FormerUntil.UTC().Format(time.RFC3339)
		}
		c.take(secret, who)
		return "client.secret-rotated", detail
	})
	return c, secret, err
}

// Disable shuts a client out at once, or lets it in again.
func (s *Clients) Disable(ctx context.Context, who Caller, id ClientID, disabled bool) (Client, error) {
	return s.change(ctx, who, id, func(c *Client) (deed, detail string) {
		if c.Disabled == disabled {
			return "", ""
		}
		c.Disabled = disabled
		if disabled {
			return "client.disabled", ""
		}
		return "client.enabled", ""
	})
}

// change lets edit alter a client and say what it did; no deed: nothing.
func (s *Clients) change(ctx context.Context, who Caller, id ClientID, edit func(*Client) (deed, detail string)) (c Client, err error) {
	rule := func(tx Tx) (err error) {
		c, err = own(tx, who, id, RightClients)
		return err
	}
	return c, s.decide(ctx, rule, func(tx Tx) error {
		deed, detail := edit(&c)
		if deed == "" {
			return nil
		}
		return s.put(tx, who, c, deed, detail)
	})
}

// Authenticate returns the client whose secret this is. Whether the id or the secret was wrong is not said. A plain
// SHA-256 is enough: the secret has 256 random bits, there is nothing to guess.
func (s *Clients) Authenticate(ctx context.Context, id ClientID, secret string) (Client, error) {
	c, err := s.active(ctx, id)
	if err != nil {
		return Client{}, err
	}
	if !c.knows(secret, s.Now()) {
		return Client{}, errNoClient()
	}
	return c, nil
}

// knows reports whether a secret is the client's, or the one before while that is good.
func (c Client) knows(secret string, now time.Time) bool {
	digest := sha256.Sum256([]byte(secret))
	current := subtle.ConstantTimeCompare(digest[:], c.SecretDigest) == 1
	former := subtle.ConstantTimeCompare(digest[:], c.FormerDigest) == 1
	return current || former && now.Before(c.FormerUntil)
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
