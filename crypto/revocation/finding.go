package revocation

import (
	"errors"
	"fmt"
	"time"
)

// Status is what is known of a certificate.
type Status string

// The three.
const (
	Good    Status = "good"
	Revoked Status = "revoked"
	Unknown Status = "unknown"
)

// Finding is the outcome of one check.
type Finding struct {
	Status Status
	By     string    // "OCSP" or "CRL"; "" if neither told anything
	Since  time.Time // when it was revoked; else zero
	Why    string    // of a revoked one the issuer's reason, of an unknown one what stood in the way; for people, without URLs' queries or bodies
	Until  time.Time // when the issuer's side says more; zero if it does not say
}

// worse tells whether f is worse news than g.
func (f Finding) worse(g Finding) bool {
	rank := map[Status]int{Good: 0, Unknown: 1, Revoked: 2}
	return rank[f.Status] > rank[g.Status]
}

// ErrAnswer is what is wrong with an answer of a responder or with a list: it proves nothing.
var ErrAnswer = errors.New("answer proves nothing")

func disbelieve(why string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAnswer, fmt.Sprintf(why, args...))
}

// reasons are those of RFC 5280 5.3.1.
func reason(code int) string {
	names := map[int]string{
		0: "unspecified", 1: "key compromise", 2: "CA compromise", 3: "affiliation changed", 4: "superseded", 5: "cessation of operation",
		6: "certificate hold", 8: "removed from CRL", 9: "privilege withdrawn", 10: "AA compromise",
	}
	if name, known := names[code]; known {
		return name
	}
	return fmt.Sprintf("reason %d", code)
}

// How far clocks may be apart, and how old an answer may be that does not say until when it counts.
const (
	skew   = 5 * time.Minute
	maxAge = 24 * time.Hour
)

// fresh refuses what is not of now.
func fresh(this, next, now time.Time) error {
	switch {
	case this.After(now.Add(skew)):
		return disbelieve("it is of %s, which has not come yet", stamp(this))
	case next.IsZero() && this.Before(now.Add(-maxAge)):
		return disbelieve("it is of %s, which is too long ago", stamp(this))
	case !next.IsZero() && next.Before(now.Add(-skew)):
		return disbelieve("it is stale: there should be a newer one since %s", stamp(next))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
