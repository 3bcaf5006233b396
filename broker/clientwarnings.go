package broker

import (
	"context"
	"time"
)

// ClientSecrets is the queue of secrets of clients that end, by the wall clock. The ID of a timer is that of its client.
const ClientSecrets TimerQueue = "client-secrets"

// SecretWarnings are how many days before a secret ends somebody is told, the most first.
func SecretWarnings() []int { return []int{30, 14, 7, 1} }

const perWarning = 50 // timers in one transaction

// warning returns how many days before the end the last warning was due that is due by now, 0 for none, and when the next one is; zero: none is left.
func warning(until, now time.Time) (days int, next time.Time) {
	for _, d := range SecretWarnings() {
		at := until.Add(-time.Duration(d) * day)
		if at.After(now) {
			return days, at
		}
		days = d
	}
	return days, time.Time{}
}

// limitSecret has the present secret end at a time, or never, and has somebody told before. Who chose a short time needs no warning that it is short:
// only those warnings are given that are still ahead.
func (s *Clients) limitSecret(tx Tx, c *Client, until time.Time) error {
	c.SecretUntil, c.SecretWarned = until.UTC().Truncate(time.Second), 0
	if until.IsZero() {
		c.SecretUntil = time.Time{}
		return tx.DeleteTimer(ClientSecrets, string(c.ID))
	}
	days, next := warning(c.SecretUntil, s.Now())
	c.SecretWarned = days
	return watchSecret(tx, c.ID, next)
}

func watchSecret(tx Tx, id ClientID, at time.Time) error {
	if at.IsZero() {
		return tx.DeleteTimer(ClientSecrets, string(id))
	}
	return tx.PutTimer(Timer{Queue: ClientSecrets, ID: string(id), At: at})
}

// Warn tells of all secrets that will end before long, each as often as SecretWarnings say, once among all nodes.
func (s *Clients) Warn(ctx context.Context) error {
	for handled := perWarning; handled == perWarning; {
		if err := s.Store.Update(ctx, func(tx Tx) error {
			due, err := tx.DueTimers(ClientSecrets, s.Now(), perWarning)
			if err != nil {
				return err
			}
			handled = len(due)
			for _, t := range due {
				if err := s.warn(tx, ClientID(t.ID)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// warn tells of one secret what is due. Of a client that is shut out nobody is told: nothing stops working when its secret ends.
func (s *Clients) warn(tx Tx, id ClientID) error {
	c, err := tx.Client(id)
	if err := ignoreNoRow(err); err != nil {
		return err
	}
	if c.SecretUntil.IsZero() {
		return tx.DeleteTimer(ClientSecrets, string(id))
	}
	days, next := warning(c.SecretUntil, s.Now())
	if days == 0 || c.SecretWarned != 0 && c.SecretWarned <= days {
		return watchSecret(tx, id, next)
	}
	c.SecretWarned = days
	if err := tx.PutClient(c); err != nil {
		return err
	}
	if err := watchSecret(tx, id, next); err != nil || c.Disabled {
		return err
	}
	return s.SecretEnds(tx, c)
}
