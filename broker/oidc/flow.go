package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// FlowLife is how long somebody has at the provider.
const FlowLife = 10 * time.Minute

// Purpose is what somebody goes to a provider for. The zero value is to sign in.
type Purpose struct {
	Person     broker.PersonID `json:"person,omitempty"`     // who is signed in and links the identity
	Invitation string          `json:"invitation,omitempty"` // code of one that is accepted by somebody new
	Back       string          `json:"back,omitempty"`       // where to go afterwards; for whoever shows pages to check
}

// flow is what a browser keeps, wrapped, while somebody is at the provider.
type flow struct {
	Provider string    `json:"provider"`
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Purpose  Purpose   `json:"purpose"`
	Expires  time.Time `json:"expires"`
}

// flowContext binds what is wrapped to this use of it.
const flowContext = "oidc flow"

// Begin returns the address of the provider to which somebody goes, and what the browser keeps until they come back.
func (s *Service) Begin(ctx context.Context, name string, purpose Purpose) (address, keep string, err error) {
	p, known := s.providers[name]
	if !known {
		return "", "", errNoProvider()
	}
	found, _, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	f := flow{Provider: name, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Purpose: purpose, Expires: s.cfg.Now().Add(FlowLife)}
	plain, err := json.Marshal(f)
	if err != nil {
		return "", "", err
	}
	wrapped, err := s.cfg.Wrap(plain, flowContext)
	if err != nil {
		return "", "", err
	}
	address = p.client(found).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier))
	return address, base64.RawURLEncoding.EncodeToString(wrapped), nil
}

// open reads what the browser kept.
func (s *Service) open(keep string) (f flow, err error) {
	wrapped, err := base64.RawURLEncoding.DecodeString(keep)
	if err != nil {
		return f, errOver()
	}
	plain, err := s.cfg.Unwrap(wrapped, flowContext)
	if err != nil || json.Unmarshal(plain, &f) != nil || !s.cfg.Now().Before(f.Expires) {
		return f, errOver()
	}
	return f, nil
}

func errOver() error {
	return broker.Conflict.New("sign-in-over", "this browser did not ask the provider, or too long ago, or the answer was used: begin again")
}

// Result is who came back.
type Result struct {
	Person  broker.PersonID
	Strong  bool // the provider saw to two factors
	Linked  bool // the identity was linked just now
	Purpose Purpose
}

// Finish takes the answer of a provider, which came back to the browser with what it kept. who is who is signed in there, if anybody is.
func (s *Service) Finish(ctx context.Context, name, keep string, answer url.Values, who broker.Caller) (Result, error) {
	p, known := s.providers[name]
	if !known {
		return Result{}, errNoProvider()
	}
	f, err := s.open(keep)
	if err != nil {
		return Result{}, err
	}
	if f.Provider != name || subtle.ConstantTimeCompare([]byte(f.State), []byte(answer.Get("state"))) != 1 {
		return Result{}, errOver()
	}
	found, saysIs, err := p.discover(ctx)
	if err != nil {
		return Result{}, err
	}
	if iss := answer.Get("iss"); iss != "" && iss != p.Issuer || iss == "" && saysIs {
		return Result{}, errRefused(errors.New("the answer is of another provider"))
	}
	if answer.Get("error") != "" || answer.Get("code") == "" {
		return Result{}, broker.Unprocessable.New("sign-in-cancelled", "nothing was agreed to at the provider: begin again, or sign in another way")
	}
	c, err := p.redeem(ctx, found, answer.Get("code"), f)
	if err != nil {
		s.cfg.Log.Warn("an answer of an OpenID provider was refused", "provider", name, "error", err)
		return Result{}, err
	}
	return s.settle(ctx, p, f, c, who)
}

const usedEntries broker.EntryKind = "oidc-used" // digest of a state that was answered

// usedTimers end the memory of states, when they would be refused for their age.
const usedTimers broker.TimerQueue = "oidc"

// settle finds out, or decides, who an identity is.
func (s *Service) settle(ctx context.Context, p *provider, f flow, c claims, who broker.Caller) (r Result, err error) {
	i := account.Identity{Provider: p.Name, Issuer: p.Issuer, Subject: c.Subject}
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		r = Result{Strong: p.strong(c.ACR, c.AMR), Purpose: f.Purpose}
		if err := s.use(tx, f); err != nil {
			return err
		}
		switch {
		case f.Purpose.Person != "":
			return s.link(tx, who, i, &r)
		case f.Purpose.Invitation != "":
			return s.join(tx, i, c, &r)
		}
		return s.recognize(tx, i, &r)
	})
	return r, err
}

// use refuses a state that was answered, and forgets old ones.
func (s *Service) use(tx broker.Tx, f flow) error {
	key, now := broker.Digest(f.State), s.cfg.Now()
	_, err := tx.Entry(usedEntries, key)
	if err == nil {
		return errOver()
	}
	if !errors.Is(err, broker.ErrNoRow) {
		return err
	}
	old, err := tx.DueTimers(usedTimers, now, broker.MaxPage)
	for _, t := range old {
		err = errors.Join(err, tx.DeleteEntry(usedEntries, t.ID), tx.DeleteTimer(usedTimers, t.ID))
	}
	return errors.Join(err, broker.WriteEntry(tx, usedEntries, key, "", now.UTC()), tx.PutTimer(broker.Timer{Queue: usedTimers, ID: key, At: f.Expires}))
}

// link is for the person who asked, and is signed in still.
func (s *Service) link(tx broker.Tx, who broker.Caller, i account.Identity, r *Result) error {
	if who.Person != r.Purpose.Person {
		return errOver()
	}
	r.Person, r.Linked = who.Person, true
	return s.cfg.Accounts.Link(tx, who.Person, i)
}

// join makes somebody new out of an invitation. Somebody who is known signs in first.
func (s *Service) join(tx broker.Tx, i account.Identity, c claims, r *Result) error {
	if _, err := account.IdentityOf(tx, i.Issuer, i.Subject); !errors.Is(err, broker.ErrNoRow) {
		return s.recognize(tx, i, r) // accepting is a page of its own, for who is signed in
	}
	m, err := s.cfg.Accounts.Join(tx, r.Purpose.Invitation, nameFrom(c.Name, c.Nickname))
	if err != nil {
		return err
	}
	r.Person, r.Linked = m.Person.ID, true
	return s.cfg.Accounts.Link(tx, m.Person.ID, i)
}

// recognize finds whose identity it is.
func (s *Service) recognize(tx broker.Tx, i account.Identity, r *Result) error {
	known, err := account.IdentityOf(tx, i.Issuer, i.Subject)
	if errors.Is(err, broker.ErrNoRow) {
		return broker.Forbidden.New("identity-unknown", "this account at the provider is linked to nobody here: sign in another way and link it, or open the link of an invitation first")
	}
	r.Person = known.Person
	return err
}
