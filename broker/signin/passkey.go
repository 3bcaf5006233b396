package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// passkeyRecord is what is kept of a passkey, under the id that the device gave it.
type passkeyRecord struct {
	ID         FactorID            `json:"id"`
	Person     broker.PersonID     `json:"person"`
	Name       string              `json:"name"`
	Credential webauthn.Credential `json:"credential"`
	Made       time.Time           `json:"made"`
	Used       time.Time           `json:"used,omitzero"`
}

func (r passkeyRecord) factor() Factor {
	return Factor{ID: r.ID, Kind: Passkey, Name: r.Name, Made: r.Made, Used: r.Used}
}

func passkeyID(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// owner is a person as the library wants one.
type owner struct {
	account.Person
	keys []webauthn.Credential
}

// WebAuthnID implements webauthn.User. The id is random, and says nothing to who finds the passkey.
func (o owner) WebAuthnID() []byte { return []byte(o.ID) }

// WebAuthnName implements webauthn.User.
func (o owner) WebAuthnName() string { return o.Email }

// WebAuthnDisplayName implements webauthn.User.
func (o owner) WebAuthnDisplayName() string { return o.Name }

// WebAuthnCredentials implements webauthn.User.
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

func ownerOf(tx broker.Tx, p broker.PersonID) (o owner, err error) {
	if o.Person, err = account.Find(tx, p); err != nil {
		return o, err
	}
	all, _, err := broker.DecodeEntries[passkeyRecord](tx.EntriesOf(passkeyEntries, string(p), broker.Page{Limit: maxFactors}))
	for _, r := range all {
		o.keys = append(o.keys, r.Credential)
	}
	return o, err
}

// NewPasskey returns what the browser of somebody who may change factors needs to make a passkey, as JSON.
func (s *Service) NewPasskey(ctx context.Context, by Actor) (options []byte, err error) {
	if s.passkeys == nil {
		return nil, errNoPasskeys()
	}
	var o owner
	err = s.cfg.Store.View(ctx, func(tx broker.Tx) error {
		if err := s.mayEnrol(tx, by); err != nil {
			return err
		}
		o, err = ownerOf(tx, by.person)
		return err
	})
	if err != nil {
		return nil, err
	}
	creation, _, err := s.register(o, s.newChallenge(toRegister, by.person))
	if err != nil {
		return nil, err
	}
	return json.Marshal(creation.Response)
}

// register begins a registration. With the same challenge it is the same, so nothing need be kept between its halves.
func (s *Service) register(o owner, challenge []byte) (*protocol.CredentialCreation, *webauthn.SessionData, error) {
	return s.passkeys.BeginRegistration(o,
		func(c *protocol.PublicKeyCredentialCreationOptions) error {
			c.Challenge = challenge
			return nil
		},
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		}),
		webauthn.WithConveyancePreference(protocol.PreferNoAttestation),
		webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()),
	)
}

// ConfirmPasskey makes a passkey that a browser made a factor.
func (s *Service) ConfirmPasskey(ctx context.Context, by Actor, name string, answer []byte, b account.NewSession) (e Enrolled, err error) {
	if s.passkeys == nil {
		return e, errNoPasskeys()
	}
	if err := broker.CheckName("the name of a passkey", name); err != nil {
		return e, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return e, errPasskey(err)
	}
	challenge, err := s.challengeIn(parsed.Response.CollectedClientData, toRegister, by.person)
	if err != nil {
		return e, err
	}
	return e, s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := s.mayEnrol(tx, by); err != nil {
			return err
		}
		o, err := ownerOf(tx, by.person)
		if err != nil {
			return err
		}
		_, session, err := s.register(o, challenge)
		if err != nil {
			return err
		}
		credential, err := s.passkeys.CreateCredential(o, *session, parsed)
		if err != nil {
			return errPasskey(err)
		}
		if err := s.answered(tx, challenge); err != nil {
			return err
		}
		if err := s.putPasskey(tx, by.person, name, credential); err != nil {
			return err
		}
		e, err = s.enrolled(tx, by, "passkey "+name, account.ByPasskey, b)
		return err
	})
}

func (s *Service) putPasskey(tx broker.Tx, p broker.PersonID, name string, c *webauthn.Credential) error {
	if _, err := tx.Entry(passkeyEntries, passkeyID(c.ID)); !errors.Is(err, broker.ErrNoRow) {
		return errors.Join(err, errPasskey(errors.New("it is known already")))
	}
	c.Attestation = webauthn.CredentialAttestation{} // none was asked for
	r := passkeyRecord{ID: broker.NewID[FactorID](), Person: p, Name: name, Credential: *c, Made: s.cfg.Now().UTC()}
	return broker.WriteEntry(tx, passkeyEntries, passkeyID(c.ID), string(p), r)
}

// AskPasskey returns what any browser needs to sign in with whatever passkey it has for this environment, as JSON.
func (s *Service) AskPasskey() (options []byte, err error) {
	if s.passkeys == nil {
		return nil, errNoPasskeys()
	}
	assertion, _, err := s.login(s.newChallenge(toSignIn, ""))
	if err != nil {
		return nil, err
	}
	return json.Marshal(assertion.Response)
}

func (s *Service) login(challenge []byte) (*protocol.CredentialAssertion, *webauthn.SessionData, error) {
	return s.passkeys.BeginDiscoverableLogin(webauthn.WithChallenge(challenge), webauthn.WithUserVerification(protocol.VerificationRequired))
}

// WithPasskey signs in whoever a passkey belongs to: it is both factors.
func (s *Service) WithPasskey(ctx context.Context, answer []byte, b account.NewSession) (in In, err error) {
	return in, s.assert(ctx, answer, func(tx broker.Tx, p account.Person) error {
		if err := dropAll(tx, attemptEntries, string(p.ID)); err != nil {
			return err
		}
		b.Means = []account.Means{account.ByPasskey}
		in, err = s.open(tx, p.ID, b)
		return err
	})
}

// ProvePasskey is Prove by a passkey.
func (s *Service) ProvePasskey(ctx context.Context, session string, answer []byte) (renewed string, err error) {
	return renewed, s.assert(ctx, answer, func(tx broker.Tx, p account.Person) error {
		holder, err := s.cfg.Accounts.Owner(tx, session)
		if err != nil {
			return err
		}
		if holder != p.ID {
			return errPasskey(errors.New("it is another person's"))
		}
		_, renewed, err = s.cfg.Accounts.Proved(tx, session, account.ByPasskey)
		return err
	})
}

// assert looks whether an answer is of a passkey that is known, and if so does something in the same transaction.
func (s *Service) assert(ctx context.Context, answer []byte, then func(broker.Tx, account.Person) error) error {
	if s.passkeys == nil {
		return errNoPasskeys()
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return errPasskey(err)
	}
	challenge, err := s.challengeIn(parsed.Response.CollectedClientData, toSignIn, "")
	if err != nil {
		return err
	}
	_, session, err := s.login(challenge)
	if err != nil {
		return err
	}
	return s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		r, err := broker.ReadEntry[passkeyRecord](tx, passkeyEntries, passkeyID(parsed.RawID))
		if err != nil {
			return errors.Join(ignoreNoRow(err), errPasskey(err))
		}
		o, err := ownerOf(tx, r.Person)
		if err != nil {
			return err
		}
		if o.Disabled {
			return errNotIn()
		}
		mine := func(_, handle []byte) (webauthn.User, error) { return o, nil }
		credential, err := s.passkeys.ValidateDiscoverableLogin(mine, *session, parsed)
		if err != nil {
			return errPasskey(err)
		}
		if credential.Authenticator.CloneWarning {
			return errPasskey(errors.New("its counter went back: there may be a copy of it"))
		}
		if err := s.answered(tx, challenge); err != nil {
			return err
		}
		r.Credential, r.Used = *credential, s.cfg.Now().UTC()
		if err := broker.WriteEntry(tx, passkeyEntries, passkeyID(parsed.RawID), string(r.Person), r); err != nil {
			return err
		}
		return then(tx, o.Person)
	})
}

func errPasskey(err error) error {
	return broker.Unprocessable.Wrap(err, "passkey-refused", "this passkey was not accepted: try again, or use another way to sign in")
}

func errNoPasskeys() error {
	return broker.Conflict.New("no-passkeys", "browsers make no passkeys for an address in place of a name: use this service under its name")
}
