package signin

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/crypto/keys"
)

// Config is what the service needs; what says nothing else is required.
type Config struct {
	Accounts *account.Accounts
	Store    broker.Store
	Mails    *mail.Mails
	Wrapper  *keys.Wrapper
	Now      func() time.Time // wall clock
	URL      string           // public one of the environment, without a slash at its end
	Name     string           // of the environment, as apps that make codes show it
	Open     bool             // whoever wants signs up; otherwise only who is invited

	Hashings int    // passwords that are hashed at once; 0 is 4
	Hashed   func() // if not nil, called for each that was hashed
}

// Service signs people in.
type Service struct {
	cfg       Config
	passwords *passwords
	passkeys  *webauthn.WebAuthn // nil: browsers allow none at this URL
	challenge []byte             // key of the MAC
}

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	if cfg.Accounts == nil || cfg.Mails == nil || cfg.Store == nil || cfg.Wrapper == nil || cfg.Now == nil {
		return nil, errors.New("signin: config lacks Accounts, Mails, Store, Wrapper or Now")
	}
	s := &Service{cfg: cfg, challenge: cfg.Wrapper.MACKey("passkey challenge")}
	var err error
	if s.passwords, err = newPasswords(cfg.Hashings, cfg.Hashed); err != nil {
		return nil, fmt.Errorf("signin: %w", err)
	}
	if s.passkeys, err = relyingParty(cfg); err != nil {
		return nil, fmt.Errorf("signin: %w", err)
	}
	return s, nil
}

// relyingParty is who passkeys are for. Browsers make none for an address instead of a name.
func relyingParty(cfg Config) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is not a base URL", cfg.URL)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, nil
	}
	return webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: cfg.Name, RPOrigins: []string{u.Scheme + "://" + u.Host}})
}

// Passkeys reports whether browsers make passkeys for this environment: they do under a name and https, or for localhost.
func (s *Service) Passkeys() bool { return s.passkeys != nil }

// OpenToAll reports whether whoever wants may sign up.
func (s *Service) OpenToAll() bool { return s.cfg.Open }

// The kinds of entries of this package.
const (
	passwordEntries  broker.EntryKind = "password"         // person; owner: the person, as of all but tries, links and challenges
	totpEntries      broker.EntryKind = "totp"             // FactorID
	totpNewEntries   broker.EntryKind = "totp-new"         // person: a seed that is not confirmed yet
	passkeyEntries   broker.EntryKind = "passkey"          // id that the device gave it
	recoveryEntries  broker.EntryKind = "recovery-code"    // digest
	attemptEntries   broker.EntryKind = "signin-attempt"   // digest of the secret
	browserEntries   broker.EntryKind = "signin-browser"   // digest of the secret
	triesEntries     broker.EntryKind = "signin-tries"     // what is counted
	linkEntries      broker.EntryKind = "signin-link"      // digest of the secret; owner: linkOwner
	challengeEntries broker.EntryKind = "passkey-answered" // the challenge
)

// asked is the caller in whose name things are done that somebody proved to be.
func asked(p broker.PersonID) broker.Caller { return broker.PersonCaller(p, "", "") }

// note writes into the audit log of the installation.
func (s *Service) note(tx broker.Tx, who broker.Caller, deed string, subject broker.PersonID, detail string) error {
	return broker.Note(tx, s.cfg.Now(), who, broker.Deed{Deed: deed, Subject: string(subject), Detail: detail})
}

// ignoreNoRow makes of what is not there nothing to complain about.
func ignoreNoRow(err error) error {
	if errors.Is(err, broker.ErrNoRow) {
		return nil
	}
	return err
}
