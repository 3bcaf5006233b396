package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const sessionEntries broker.EntryKind = "session"

// How long a session lasts.
const (
	SessionLife = 12 * time.Hour   // whatever is done in it
	SessionIdle = 30 * time.Minute // after what was last done in it
	ProofLife   = 10 * time.Minute // for what is sensitive, after whose it is was last proved

	// seenEvery is how often it is written that something is done in a session, so that reading a page is no write. A session that is idle may by so much
	// end earlier.
	seenEvery = 5 * time.Minute
)

// MaxSessions is how many sessions a person has at a time; one more ends the one that was begun first.
const MaxSessions = 20

// Means is how somebody proved who they are.
type Means string

// The means. Two of them, or a passkey with which the device knows its owner, begin a session.
const (
	ByPassword Means = "password"
	ByTOTP     Means = "totp"
	ByRecovery Means = "recovery-code"
	ByPasskey  Means = "passkey"
	ByOIDC     Means = "oidc"
)

// NewSession describes a browser in which somebody signs in, and how they proved who they are.
type NewSession struct {
	Agent string // what the browser says it is
	From  string // from where, roughly; see package sign
	Means []Means
}

// SessionID names a session. It is no secret.
type SessionID string

// Session is a browser in which somebody is signed in.
type Session struct {
	ID      SessionID
	Person  broker.PersonID
	Agent   string // what the browser says it is, shortened
	From    string // from where, roughly
	Means   []Means
	Started time.Time
	Seen    time.Time // when something was last done in it, up to five minutes more
	Proved  time.Time // when it was last proved whose it is
	Ends    time.Time // whatever is done in it
}

// Fresh reports whether it was proved just now whose session it is, as it takes for what is sensitive.
func (s Session) Fresh(now time.Time) bool { return now.Before(s.Proved.Add(ProofLife)) }

// Caller is who is signed in, acting for no organisation.
func (s Session) Caller() broker.Caller { return broker.PersonCaller(s.Person, "", "") }

// over reports whether a session has ended by itself.
func (s Session) over(now time.Time) bool {
	return !now.Before(s.Ends) || !now.Before(s.Seen.Add(SessionIdle))
}

// sessionRecord is Session as it is stored, under the digest of its secret.
type sessionRecord struct {
	ID      SessionID       `json:"id"`
	Person  broker.PersonID `json:"person"`
	Agent   string          `json:"agent,omitempty"`
	From    string          `json:"from,omitempty"`
	Means   []Means         `json:"means,omitempty"`
	Started time.Time       `json:"started"`
	Seen    time.Time       `json:"seen"`
	Proved  time.Time       `json:"proved"`
	Ends    time.Time       `json:"ends"`
}

func (s Session) put(tx broker.Tx, key string) error {
	return broker.WriteEntry(tx, sessionEntries, key, string(s.Person), sessionRecord(s))
}

// Signed is somebody who is signed in.
type Signed struct {
	Who     broker.Caller
	Person  Person
	Session Session
	Orgs    []broker.Org // that the person belongs to, in the order of joining
}

// StartSession signs a person in, who proved who they are by two factors, and returns the secret that the browser keeps.
func (a *Accounts) StartSession(ctx context.Context, person broker.PersonID, n NewSession) (s Session, secret string, err error) {
	err = a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		s, secret, err = a.Open(tx, person, n)
		return err
	})
	return s, secret, err
}

// Open is StartSession in the transaction in which somebody proved who they are.
func (a *Accounts) Open(tx broker.Tx, person broker.PersonID, n NewSession) (Session, string, error) {
	p, err := readPerson(tx, person)
	if err == nil && p.Disabled {
		err = errNoSession()
	}
	if err != nil {
		return Session{}, "", err
	}
	if err := roomForSession(tx, person); err != nil {
		return Session{}, "", err
	}
	now, secret := a.cfg.Now().UTC(), broker.NewSecret()
	s := Session{
		ID: broker.NewID[SessionID](), Person: person, Agent: clip(n.Agent), From: clip(n.From), Means: n.Means,
		Started: now, Seen: now, Proved: now, Ends: now.Add(SessionLife),
	}
	if err := s.put(tx, broker.Digest(secret)); err != nil {
		return Session{}, "", err
	}
	if err := tx.PutTimer(broker.Timer{Queue: SessionTimers, ID: broker.Digest(secret), At: s.Ends}); err != nil {
		return Session{}, "", err
	}
	return s, secret, a.note(tx, broker.PersonCaller(person, "", ""), "", "session.started", string(s.ID), "")
}

// Signed returns who is signed in with the secret of a session, acting for org, in the role that the person has there now; without one for none.
// A session that is over, and a person who is disabled, is Unauthenticated; an organisation that is not the person's is NotFound.
func (a *Accounts) Signed(ctx context.Context, secret string, org broker.OrgID) (Signed, error) {
	s, err := a.signed(ctx, secret, org)
	if err != nil || a.cfg.Now().Before(s.Session.Seen.Add(seenEvery)) {
		return s, err
	}
	return s, a.seen(ctx, secret)
}

// seen notes that something is done in a session.
func (a *Accounts) seen(ctx context.Context, secret string) error {
	return a.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		s, err := a.session(tx, secret)
		if err != nil {
			return err
		}
		s.Seen = a.cfg.Now().UTC()
		return s.put(tx, broker.Digest(secret))
	})
}

func (a *Accounts) signed(ctx context.Context, secret string, org broker.OrgID) (s Signed, err error) {
	err = a.cfg.Store.View(ctx, func(tx broker.Tx) error {
		if s.Session, err = a.session(tx, secret); err != nil {
			return err
		}
		if s.Person, err = readPerson(tx, s.Session.Person); err != nil {
			return err
		}
		if s.Person.Disabled {
			return errNoSession()
		}
		if s.Who, err = s.Person.actingIn(tx, org); err != nil {
			return err
		}
		s.Orgs, err = s.Person.orgs(tx)
		return err
	})
	return s, err
}

// actingIn is acting, but never for an organisation that nobody named.
func (p Person) actingIn(tx broker.Tx, org broker.OrgID) (broker.Caller, error) {
	if org == "" && !p.Platform {
		return broker.PersonCaller(p.ID, "", ""), nil
	}
	return p.acting(tx, org)
}

func (p Person) orgs(tx broker.Tx) (all []broker.Org, err error) {
	for _, id := range p.Orgs {
		o, err := tx.Org(id)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

func (a *Accounts) session(tx broker.Tx, secret string) (Session, error) {
	r, err := broker.ReadEntry[sessionRecord](tx, sessionEntries, broker.Digest(secret))
	if errors.Is(err, broker.ErrNoRow) || err == nil && Session(r).over(a.cfg.Now()) {
		return Session{}, errNoSession()
	}
	return Session(r), err
}

// Owner returns whose session it is, in a transaction.
func (a *Accounts) Owner(tx broker.Tx, secret string) (broker.PersonID, error) {
	s, err := a.session(tx, secret)
	return s.Person, err
}

// Proved notes, in the transaction in which that was done, that somebody proved anew whose session it is. The session goes on under another secret,
// which is returned: one that somebody else knew is worth nothing more afterwards.
func (a *Accounts) Proved(tx broker.Tx, secret string, by Means) (s Session, renewed string, err error) {
	if s, err = a.session(tx, secret); err != nil {
		return s, "", err
	}
	if err := dropSession(tx, broker.Digest(secret)); err != nil {
		return s, "", err
	}
	s.Seen, renewed = a.cfg.Now().UTC(), broker.NewSecret()
	s.Proved = s.Seen
	if !slices.Contains(s.Means, by) {
		s.Means = append(s.Means, by)
	}
	if err := s.put(tx, broker.Digest(renewed)); err != nil {
		return s, "", err
	}
	if err := tx.PutTimer(broker.Timer{Queue: SessionTimers, ID: broker.Digest(renewed), At: s.Ends}); err != nil {
		return s, "", err
	}
	return s, renewed, a.note(tx, broker.PersonCaller(s.Person, "", ""), "", "session.proved", string(s.ID), string(by))
}

func errNoSession() error {
	return broker.Unauthenticated.New("signed-out", "the session is over: sign in again")
}
