package keycare

import (
	"slices"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/revocation"
)

// Survey is what a round counted, of keys that are in force or next.
type Survey struct {
	At       time.Time
	Earliest map[keys.Use]time.Time // when the first certificate ends
	Within   map[int]int            // how many end within each of Thresholds
	Ended    int                    // how many have ended
	Revoked  int
	Unknown  int // of which nobody knows whether they are revoked

	Soonest []broker.DestinationKey // whose certificates end first, at most SoonestMost, the first to end first
}

// SoonestMost is how many keys a Survey has: as many as one person looks after.
const SoonestMost = 50

func newSurvey(now time.Time) *Survey {
	return &Survey{At: now, Earliest: map[keys.Use]time.Time{}, Within: map[int]int{}}
}

// Survey returns what the last round counted; the zero Survey before the first.
func (k *Keeper) Survey() Survey {
	if s := k.survey.Load(); s != nil {
		return *s
	}
	return Survey{}
}

func (s *Survey) add(key broker.DestinationKey) {
	switch key.Revocation.Status {
	case string(revocation.Revoked):
		s.Revoked++
	case string(revocation.Unknown):
		s.Unknown++
	}
	if key.Expires.IsZero() {
		return
	}
	s.keep(key)
	use := keys.Signature
	if key.Encryption {
		use = keys.Encryption
	}
	if first, known := s.Earliest[use]; !known || key.Expires.Before(first) {
		s.Earliest[use] = key.Expires
	}
	if key.Expires.Before(s.At) {
		s.Ended++
	}
	for _, days := range Thresholds() {
		if key.Expires.Before(s.At.Add(time.Duration(days) * day)) {
			s.Within[days]++
		}
	}
}

// keep notes a key among those that end first.
func (s *Survey) keep(key broker.DestinationKey) {
	at, _ := slices.BinarySearchFunc(s.Soonest, key, func(a, b broker.DestinationKey) int { return a.Expires.Compare(b.Expires) })
	if at == SoonestMost {
		return
	}
	s.Soonest = slices.Insert(s.Soonest, at, key)
	s.Soonest = s.Soonest[:min(len(s.Soonest), SoonestMost)]
}
