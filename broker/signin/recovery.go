package signin

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// recoveryCodes is how many a person gets at a time.
const recoveryCodes = 10

// recoveryLength has 120 bits, so that a plain digest is enough to keep (OWASP ASVS 5.0, 6.5.2).
const recoveryLength = 24

type recoveryRecord struct {
	Made time.Time `json:"made"`
}

// recoveryKey is under what a code of a person is kept, however it was typed.
func recoveryKey(p broker.PersonID, code string) string {
	return broker.Digest(string(p) + " " + strings.ToUpper(digitsOf(code)))
}

// newRecovery makes codes in place of those that there were, and returns them, this once.
func (s *Service) newRecovery(tx broker.Tx, p broker.PersonID) (codes []string, err error) {
	if err := dropAll(tx, recoveryEntries, string(p)); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		code := rand.Text()[:recoveryLength]
		if err := broker.WriteEntry(tx, recoveryEntries, recoveryKey(p, code), string(p), recoveryRecord{s.cfg.Now().UTC()}); err != nil {
			return nil, err
		}
		codes = append(codes, grouped(code))
	}
	return codes, nil
}

// grouped makes a code easier to type.
func grouped(code string) string {
	var groups []string
	for ; len(code) > 4; code = code[4:] {
		groups = append(groups, code[:4])
	}
	return strings.Join(append(groups, code), "-")
}

// acceptRecovery reports whether a code is one of the person's, and uses it up.
func (s *Service) acceptRecovery(tx broker.Tx, p broker.PersonID, code string) (bool, error) {
	_, err := tx.Entry(recoveryEntries, recoveryKey(p, code))
	if ignoreNoRow(err) != nil || err != nil {
		return false, ignoreNoRow(err)
	}
	if err := tx.DeleteEntry(recoveryEntries, recoveryKey(p, code)); err != nil {
		return false, err
	}
	return true, s.note(tx, asked(p), "recovery-code.used", p, "")
}

// Recovery makes new recovery codes in place of those that are left.
func (s *Service) Recovery(ctx context.Context, by Actor) (codes []string, err error) {
	err = s.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := s.mayChange(tx, by); err != nil {
			return err
		}
		if codes, err = s.newRecovery(tx, by.person); err != nil {
			return err
		}
		return s.note(tx, asked(by.person), "recovery-codes.made", by.person, "")
	})
	return codes, err
}
