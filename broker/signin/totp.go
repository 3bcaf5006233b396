package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// One-time codes as all apps make them: RFC 6238 with SHA-1, six digits, a new one every 30 seconds.
const (
	seedBytes = 20 // RFC 4226 4, R6
	codeSteps = 30 * time.Second
	codeDrift = 1 // steps that the clock of a phone may be wrong, to either side
	modulus   = 1_000_000
)

// codeOf is the code of a step.
func codeOf(seed []byte, step int64) string {
	mac := hmac.New(sha1.New, seed)
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%modulus)
}

func stepAt(now time.Time) int64 { return now.Unix() / int64(codeSteps/time.Second) }

// stepOf returns the step after last of which a code is; 0: none.
func stepOf(seed []byte, code string, now time.Time, last int64) int64 {
	var found int64
	for step := stepAt(now) - codeDrift; step <= stepAt(now)+codeDrift; step++ {
		if subtle.ConstantTimeCompare([]byte(codeOf(seed, step)), []byte(code)) == 1 && step > last {
			found = step
		}
	}
	return found
}

// totpRecord is an app that makes codes.
type totpRecord struct {
	ID     FactorID        `json:"id"`
	Person broker.PersonID `json:"person"`
	Name   string          `json:"name"`
	Seed   []byte          `json:"seed"` // wrapped
	Step   int64           `json:"step"` // of the last code that was accepted
	Made   time.Time       `json:"made"`
	Used   time.Time       `json:"used,omitzero"`
}

// newSeedRecord is a seed that was shown and not confirmed yet.
type newSeedRecord struct {
	ID      FactorID  `json:"id"`
	Seed    []byte    `json:"seed"` // wrapped
	By      string    `json:"by"`   // Actor.name: nobody else is shown it again
	Expires time.Time `json:"expires"`
}

// seedContext binds a wrapped seed to its factor.
func seedContext(id FactorID) string { return "totp " + string(id) }

// NewApp is what an app that makes codes has to know, shown until a code from it confirms that it does.
type NewApp struct {
	Seed string // to type
	URI  string // to scan
}

// NewApp makes a seed for somebody who may change factors, in place of one that was not confirmed. Who asks again in the same attempt or session, as after a wrong
// code, is shown the same one for some minutes.
func (s *Service) NewApp(ctx context.Context, by Actor) (n NewApp, err error) {
	var (
		p    account.Person
		seed []byte
	)
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := s.mayEnrol(tx, by); err != nil {
			return err
		}
		if p, err = account.Find(tx, by.person); err != nil {
			return err
		}
		seed, err = s.pendingSeed(tx, by)
		return err
	})
	if err != nil {
		return n, err
	}
	n.Seed = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seed)
	query := url.Values{"secret": {n.Seed}, "issuer": {s.cfg.Name}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}.Encode()
	n.URI = "otpauth://totp/" + url.PathEscape(s.cfg.Name+":"+p.Email) + "?" + strings.ReplaceAll(query, "+", "%20") // apps do not know + for a space
	return n, nil
}

// pendingSeed returns the seed that was shown to somebody already and can be for some minutes more, or makes one.
func (s *Service) pendingSeed(tx broker.Tx, by Actor) ([]byte, error) {
	now := s.cfg.Now()
	r, err := broker.ReadEntry[newSeedRecord](tx, totpNewEntries, string(by.person))
	if err == nil && r.By == by.name() && now.Before(r.Expires.Add(-AttemptLife/2)) {
		return s.cfg.Wrapper.Unwrap(r.Seed, seedContext(r.ID))
	}
	if ignoreNoRow(err) != nil {
		return nil, err
	}
	seed, id := make([]byte, seedBytes), broker.NewID[FactorID]()
	rand.Read(seed)
	wrapped, err := s.cfg.Wrapper.Wrap(seed, seedContext(id))
	if err != nil {
		return nil, err
	}
	until := now.Add(AttemptLife).UTC()
	return seed, keep(tx, totpNewEntries, string(by.person), string(by.person), until, newSeedRecord{id, wrapped, by.name(), until})
}

// ConfirmApp makes the app a factor, by a code from it.
func (s *Service) ConfirmApp(ctx context.Context, by Actor, name, code string, b account.NewSession) (e Enrolled, err error) {
	if err := broker.CheckName("the name of an app", name); err != nil {
		return e, err
	}
	wrong := false
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		wrong = false
		if err := s.mayEnrol(tx, by); err != nil {
			return err
		}
		now := s.cfg.Now().UTC()
		pending, err := broker.ReadEntry[newSeedRecord](tx, totpNewEntries, string(by.person))
		if ignoreNoRow(err) != nil {
			return err
		}
		if err != nil || pending.By != by.name() || !now.Before(pending.Expires) {
			return broker.Conflict.New("enrolment-over", "this was begun too long ago: begin again, with a new code to scan")
		}
		if err := try(tx, now, triesOfCode(by.person)); err != nil {
			return err
		}
		seed, err := s.cfg.Wrapper.Unwrap(pending.Seed, seedContext(pending.ID))
		if err != nil {
			return err
		}
		step := stepOf(seed, digitsOf(code), now, 0)
		if wrong = step == 0; wrong {
			return nil // what was tried is to be counted
		}
		r := totpRecord{ID: pending.ID, Person: by.person, Name: name, Seed: pending.Seed, Step: step, Made: now, Used: now}
		if err := broker.WriteEntry(tx, totpEntries, string(r.ID), string(by.person), r); err != nil {
			return err
		}
		if err := drop(tx, totpNewEntries, string(by.person)); err != nil {
			return err
		}
		e, err = s.enrolled(tx, by, "app "+name, account.ByTOTP, b)
		return err
	})
	if err == nil && wrong {
		err = errWrongCode()
	}
	return e, err
}

// digitsOf is a code as people type it, in groups.
func digitsOf(code string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.TrimSpace(code))
}

// acceptApp reports whether a code is of one of the person's apps, and uses it up.
func (s *Service) acceptApp(tx broker.Tx, p broker.PersonID, code string) (bool, error) {
	all, _, err := broker.DecodeEntries[totpRecord](tx.EntriesOf(totpEntries, string(p), broker.Page{Limit: maxFactors}))
	if err != nil {
		return false, err
	}
	now := s.cfg.Now().UTC()
	for _, r := range all {
		seed, err := s.cfg.Wrapper.Unwrap(r.Seed, seedContext(r.ID))
		if err != nil {
			return false, err
		}
		if step := stepOf(seed, code, now, r.Step); step != 0 {
			r.Step, r.Used = step, now
			return true, broker.WriteEntry(tx, totpEntries, string(r.ID), string(p), r)
		}
	}
	return false, nil
}

func errWrongCode() error {
	return broker.Unprocessable.New("code-wrong", "the code is wrong, too old, or was used already: wait for the next one")
}
