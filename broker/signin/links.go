package signin

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/mail"
)

// purpose is what a one-time link does.
type purpose string

// The purposes, which are also the last parts of the paths of their pages.
const (
	forSignUp   purpose = "sign-up"
	forPassword purpose = "password"
	forAddress  purpose = "address"
)

// How long links are good.
const (
	PasswordLinkLife = 30 * time.Minute
	SignUpLinkLife   = 24 * time.Hour
	AddressLinkLife  = 24 * time.Hour
	SetupLinkLife    = 24 * time.Hour // handed over by an operator
)

// Bounds of mails to one address, whoever asks for them.
const (
	linkPause = 2 * time.Minute
	maxLinks  = 3 // that are good at a time
)

// linkRecord is kept under the digest of a link's secret.
type linkRecord struct {
	Purpose purpose         `json:"purpose"`
	Person  broker.PersonID `json:"person,omitempty"` // none: somebody signs up
	Email   string          `json:"email,omitempty"`  // of who signs up, or the new one
	Name    string          `json:"name,omitempty"`
	Without bool            `json:"withoutFactors,omitempty"` // an operator takes all second factors away with it
	Made    time.Time       `json:"made"`
	Expires time.Time       `json:"expires"`
}

// linkOwner is in whose list a link stands: mails are bounded by the address to which they go.
func linkOwner(email string) string { return account.FoldEmail(email) }

// path is what a link leads to, below the public URL.
func (p purpose) path(secret string) string { return "/portal/link/" + string(p) + "?code=" + secret }

// issue makes a link.
func (s *Service) issue(tx broker.Tx, to string, life time.Duration, r linkRecord) (secret string, err error) {
	secret, r.Made = broker.NewSecret(), s.cfg.Now().UTC()
	r.Expires = r.Made.Add(life)
	return secret, keep(tx, linkEntries, broker.Digest(secret), linkOwner(to), r.Expires, r)
}

// send owes a mail with a link, unless one went there just now, or several are good still.
func (s *Service) send(tx broker.Tx, to string, life time.Duration, template mail.Template, r linkRecord) error {
	if early, err := s.early(tx, to); early || err != nil {
		return err
	}
	secret, err := s.issue(tx, to, life, r)
	if err != nil {
		return err
	}
	return s.cfg.Mails.OwePersonal(tx, mail.Personal{
		Template: template, To: to, Link: r.Purpose.path(secret), Expires: s.cfg.Now().Add(life),
	})
}

func (s *Service) early(tx broker.Tx, to string) (bool, error) {
	all, _, err := broker.DecodeEntries[linkRecord](tx.EntriesOf(linkEntries, linkOwner(to), broker.Page{Limit: broker.MaxPage}))
	now, good := s.cfg.Now(), 0
	for _, r := range all {
		if now.Before(r.Made.Add(linkPause)) {
			return true, err
		}
		if now.Before(r.Expires) {
			good++
		}
	}
	return good >= maxLinks, err
}

// read returns what a link is for; NotFound.
func (s *Service) read(tx broker.Tx, p purpose, secret string) (linkRecord, error) {
	r, err := broker.ReadEntry[linkRecord](tx, linkEntries, broker.Digest(secret))
	if errors.Is(err, broker.ErrNoRow) || err == nil && (r.Purpose != p || !s.cfg.Now().Before(r.Expires)) {
		return r, errNoLink()
	}
	return r, err
}

// use ends a link, and with it all others of its purpose for the same address.
func use(tx broker.Tx, to string, p purpose) error {
	entries, _, err := tx.EntriesOf(linkEntries, linkOwner(to), broker.Page{Limit: broker.MaxPage})
	if err != nil {
		return err
	}
	for _, e := range entries {
		r, err := broker.DecodeEntry[linkRecord](e)
		if err != nil {
			return err
		}
		if r.Purpose != p {
			continue
		}
		if err := drop(tx, linkEntries, e.ID); err != nil {
			return err
		}
	}
	return nil
}

func errNoLink() error {
	return broker.NotFound.New("link-over", "the link was used, is too old, or was not copied as a whole: ask for another one")
}

// notice is what a person is told was changed, as mail.AccessChanged has it.
type notice string

// The notices.
const (
	passwordChanged notice = "password"
	factorsChanged  notice = "factors"
	addressChanged  notice = "address"
)

// noticeLife is for how long it is tried to tell somebody.
const noticeLife = 14 * 24 * time.Hour

// tell owes a mail about what was changed, to the address that a person has.
func (s *Service) tell(tx broker.Tx, p broker.PersonID, what notice) error {
	person, err := account.Find(tx, p)
	if err != nil {
		return err
	}
	return s.tellAt(tx, person.Email, what)
}

func (s *Service) tellAt(tx broker.Tx, email string, what notice) error {
	return s.cfg.Mails.OwePersonal(tx, mail.Personal{
		Template: mail.AccessChanged, To: email, Link: "/portal/forgotten", Expires: s.cfg.Now().Add(noticeLife), Fact: mail.Fact{ID: string(what)},
	})
}
