package broker

import (
	"context"
	"errors"
	"time"
)

// Clients are the API clients of organisations.
type Clients struct {
	*core
	uses *ClientUses
}

// Organisations and clients are nouns of the store, which finds them by their ids. Which ones there are is an entry each, written with them and
// without a value: who lists them is a person now and then, and a store needs no further order of its own for that.
const (
	OrgEntries    EntryKind = "org"    // owner: none
	ClientEntries EntryKind = "client" // owner: the organisation
)

// NewClient describes a client to be made.
type NewClient struct {
	Name   string
	Kind   ClientKind
	Manage bool    // for subscribers: may manage destinations
	Grants []Grant // for senders: where and what they may send; none: everything

	SecretUntil time.Time // when the secret ends; zero: never
}

// RegisterOrg makes an organisation. Only the operator may.
func (s *Clients) RegisterOrg(ctx context.Context, who Caller, name string) (Org, error) {
	if err := who.RequireOperator(); err != nil {
		return Org{}, err
	}
	var org Org
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		org, err = AddOrg(tx, s.Now(), who, name)
		return err
	})
	return org, err
}

// AddOrg makes an organisation. Whether the caller may is for whoever calls this to have decided.
func AddOrg(tx Tx, now time.Time, who Caller, name string) (Org, error) {
	if err := CheckName("the name of an organisation", name); err != nil {
		return Org{}, err
	}
	org := Org{ID: NewID[OrgID](), Name: name, Created: now}
	if err := tx.PutOrg(org); err != nil {
		return Org{}, err
	}
	if err := tx.PutEntry(Entry{Kind: OrgEntries, ID: string(org.ID)}); err != nil {
		return Org{}, err
	}
	return org, Note(tx, now, who, Deed{Org: org.ID, Deed: "organisation.registered", Subject: string(org.ID), Detail: org.Name})
}

// Register makes a client for the caller's organisation and returns it with its secret, which is shown this once: only its digest
// is kept.
func (s *Clients) Register(ctx context.Context, who Caller, n NewClient) (Client, string, error) {
	if err := who.Entitled(who.Org, RightClients); err != nil {
		return Client{}, "", err
	}
	if err := n.check(s.Now()); err != nil {
		return Client{}, "", err
	}
	c := Client{ID: NewID[ClientID](), Org: who.Org, Name: n.Name, Kind: n.Kind, Manage: n.Manage, Grants: n.Grants, Created: s.Now()}
	secret := NewSecret()
	c.take(secret, who)
	err := s.Store.Update(ctx, func(tx Tx) error {
		if err := s.room(tx, who.Org); err != nil {
			return err
		}
		if err := tx.PutEntry(Entry{Kind: ClientEntries, ID: string(c.ID), Owner: string(c.Org)}); err != nil {
			return err
		}
		if err := s.limitSecret(tx, &c, n.SecretUntil); err != nil {
			return err
		}
		return s.put(tx, who, c, "client.registered", c.Name)
	})
	return c, secret, err
}

func (n NewClient) check(now time.Time) error {
	if n.Kind != Sender && n.Kind != Subscriber {
		return Invalid.New("bad-request", "a client is a %s or a %s, not %q", Sender, Subscriber, clip(string(n.Kind)))
	}
	if n.Manage && n.Kind != Subscriber {
		return Invalid.New("bad-request", "only a subscriber manages destinations")
	}
	if n.Name != "" {
		if err := CheckName("the name of a client", n.Name); err != nil {
			return err
		}
	}
	if err := checkSecretUntil(n.SecretUntil, now); err != nil {
		return err
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

// put writes a client, and into the audit log what was done.
func (s *Clients) put(tx Tx, who Caller, c Client, deed, detail string) error {
	if err := tx.PutClient(c); err != nil {
		return err
	}
	return Note(tx, s.Now(), who, Deed{Org: c.Org, Deed: deed, Subject: string(c.ID), Detail: detail})
}

// List returns the clients of the caller's organisation, in the order in which they were registered.
func (s *Clients) List(ctx context.Context, who Caller, p Page) (all []KnownClient, total int, err error) {
	if err := who.MayList(who.Org, p); err != nil {
		return nil, 0, err
	}
	err = s.Store.View(ctx, func(tx Tx) error {
		var entries []Entry
		if entries, total, err = tx.EntriesOf(ClientEntries, string(who.Org), p); err != nil {
			return err
		}
		all = make([]KnownClient, len(entries))
		for i, e := range entries {
			c, err := tx.Client(ClientID(e.ID))
			if err != nil {
				return err
			}
			if all[i], err = c.known(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return all, total, err
}

// Get returns a client of the caller's organisation; to an operator who acts for none, any.
func (s *Clients) Get(ctx context.Context, who Caller, id ClientID) (known KnownClient, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		c, err := own(tx, who, id, RightRead)
		if err != nil {
			return err
		}
		known, err = c.known(tx)
		return err
	})
	return known, err
}

// Destinations returns those that a client is assigned to, in the order in which they were made.
func (s *Clients) Destinations(ctx context.Context, who Caller, id ClientID) (all []Destination, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		if _, err := own(tx, who, id, RightRead); err != nil {
			return err
		}
		all, err = tx.AssignedDestinations(id)
		return err
	})
	return all, err
}

// own returns a client for which the caller has the right. A foreign one is NotFound.
func own(tx Tx, who Caller, id ClientID, to Right) (Client, error) {
	c, err := tx.Client(id)
	if err != nil {
		return Client{}, noClient(err, id)
	}
	elsewhere := who.Org != "" && who.Org != c.Org // an operator may do anything, and is kept from mistakes
	if err := who.Entitled(c.Org, to); errors.Is(err, NotFound) || err == nil && elsewhere {
		return Client{}, noClient(ErrNoRow, id)
	} else if err != nil {
		return Client{}, err
	}
	return c, nil
}

// Disable shuts a client out at once, or lets it in again.
func (s *Clients) Disable(ctx context.Context, who Caller, id ClientID, disabled bool) (KnownClient, error) {
	return s.change(ctx, who, id, func(_ Tx, c *Client) (deed, detail string, err error) {
		if c.Disabled == disabled {
			return "", "", nil
		}
		c.Disabled = disabled
		if disabled {
			return "client.disabled", "", nil
		}
		return "client.enabled", "", nil
	})
}

// edit alters a client, and says what it did; no deed: nothing.
type edit func(tx Tx, c *Client) (deed, detail string, err error)

func (s *Clients) change(ctx context.Context, who Caller, id ClientID, what edit) (c KnownClient, err error) {
	rule := func(tx Tx) error {
		found, err := own(tx, who, id, RightClients)
		if err != nil {
			return err
		}
		c, err = found.known(tx)
		return err
	}
	return c, s.decide(ctx, rule, func(tx Tx) error {
		deed, detail, err := what(tx, &c.Client)
		if err != nil || deed == "" {
			return err
		}
		return s.put(tx, who, c.Client, deed, detail)
	})
}

// Caller returns who a checked access token speaks for. The client is read on every request, so that a disabled one
// is out at once, and it keeps only those of the token's scopes that it still holds.
func (s *Clients) Caller(ctx context.Context, id ClientID, scopes []Scope) (Caller, error) {
	c, err := s.active(ctx, id)
	if err != nil {
		return Caller{}, err
	}
	s.uses.used(c.ID, c.Org, false)
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
