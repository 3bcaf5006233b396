package signin

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// A browser in which a person has signed in is known again by a cookie. It lets nobody in; it has a counter of wrong passwords of its own, so that whoever fails on
// purpose elsewhere does not keep the person out.
const (
	browserLife = 180 * 24 * time.Hour
	maxBrowsers = 20 // of a person
)

type browserRecord struct {
	Person  broker.PersonID `json:"person"`
	Expires time.Time       `json:"expires"`
}

// remember makes a secret by which a browser is known, in place of the oldest if there are many.
func (s *Service) remember(tx broker.Tx, p broker.PersonID) (string, error) {
	all, total, err := tx.EntriesOf(browserEntries, string(p), broker.Page{Limit: maxBrowsers})
	for i := 0; err == nil && i < len(all) && total-i >= maxBrowsers; i++ {
		err = drop(tx, browserEntries, all[i].ID)
	}
	if err != nil {
		return "", err
	}
	secret, until := broker.NewSecret(), s.cfg.Now().Add(browserLife).UTC()
	return secret, keep(tx, browserEntries, broker.Digest(secret), string(p), until, browserRecord{p, until})
}

// knows reports whether a person has signed in in the browser with a secret.
func (s *Service) knows(tx broker.Tx, p broker.PersonID, secret string) (bool, error) {
	r, err := broker.ReadEntry[browserRecord](tx, browserEntries, broker.Digest(secret))
	if errors.Is(err, broker.ErrNoRow) {
		return false, nil
	}
	return err == nil && r.Person == p && s.cfg.Now().Before(r.Expires), err
}
