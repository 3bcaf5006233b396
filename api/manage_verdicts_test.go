package api_test

import (
	"bytes"
	"context"
	"crypto"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/tracking"
	"github.com/vierkant/vierkant/crypto/set"
)

// altering is a store in which somebody alters logs.
type altering struct {
	broker.Store
	alter func([]broker.Event) []broker.Event
}

func (s altering) View(ctx context.Context, fn func(broker.Tx) error) error {
	return s.Store.View(ctx, func(tx broker.Tx) error { return fn(alteredTx{tx, s.alter}) })
}

type alteredTx struct {
	broker.Tx
	alter func([]broker.Event) []broker.Event
}

func (t alteredTx) Events(c broker.CaseID, p broker.Page) ([]broker.Event, int, error) {
	all, _, err := t.Tx.Events(c, broker.Page{Limit: broker.MaxPage})
	all = t.alter(all)
	from := min(p.Offset, len(all))
	return all[from:min(from+p.Limit, len(all))], len(all), err
}

func (t alteredTx) Event(ref broker.EventRef) (broker.Event, error) {
	all, _, err := t.Events(ref.Case, broker.Page{Limit: broker.MaxPage})
	i := slices.IndexFunc(all, func(e broker.Event) bool { return e.Number == ref.Number })
	if err == nil && i < 0 {
		return broker.Event{}, broker.ErrNoRow
	}
	return all[i], err
}

// TestVerdicts alters a log of three events, two of the broker and a rejection of the authority, in every way, and reads what the timeline says of each.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	var keyring *broker.Keyring
	w := newWorld(t, func(b *brokerConfig, _ *apiConfig) { keyring = b.Keyring })
	destination := w.active()
	ref := w.submitted(destination)
	w.decide(destination, ref, "reject-submission")
	w.events(ref.CaseID) // whoever reads them has them signed
	p := must(pairs())(t)
	sign := func(e *broker.Event, kid string, secret crypto.Signer) {
		claims := e.Claims
		if claims == nil {
			claims = must(must(set.Parse(e.Token))(t).Claims.Bytes())(t)
		}
		if kid == "" {
			kid = must(set.Parse(e.Token))(t).KID
		}
		e.Token = must(set.Sign(claims, kid, secret))(t)
	}
	relink := func(all []broker.Event) { all[2].Chain = keyring.Chain().Link(all[1].Chain, all[2]) }
	for _, row := range []struct {
		name  string
		alter func(all []broker.Event) []broker.Event
		want  string
		whole bool
	}{
		{"nothing", func(all []broker.Event) []broker.Event { return all }, "verified verified verified", true},
		{"not signed yet", func(all []broker.Event) []broker.Event { all[1].Token = ""; return all }, "verified pending verified", true},
		{"what the broker said", func(all []broker.Event) []broker.Event {
			all[1].Claims = bytes.Replace(all[1].Claims, []byte(`"iat":1`), []byte(`"iat":2`), 1)
			return all
		}, "verified altered verified", true},
		{"what ties them", func(all []broker.Event) []broker.Event { all[0].Chain = make([]byte, 32); return all }, "altered altered verified", true},
		{"the first is missing", func(all []broker.Event) []broker.Event { return all[1:] }, "altered verified", false},
		{"one is missing", func(all []broker.Event) []broker.Event { return slices.Delete(all, 1, 2) }, "verified altered", false},
		{"the last is missing", func(all []broker.Event) []broker.Event { return all[:2] }, "verified verified", false},
		{"one is there twice", func(all []broker.Event) []broker.Event { return slices.Insert(all, 1, all[0]) }, "verified altered verified verified", false},
		{"no token", func(all []broker.Event) []broker.Event { all[1].Token = "nonsense"; return all }, "verified unreadable verified", true},
		{"a token of another event", func(all []broker.Event) []broker.Event { all[1].Token = all[0].Token; return all }, "verified misplaced verified", true},
		{"a key of nobody", func(all []broker.Event) []broker.Event { sign(&all[1], "nobody", p.signing.Secret); return all }, "verified unknown-key verified", true},
		{"another key by the name of the broker's", func(all []broker.Event) []broker.Event { sign(&all[1], "", p.encryption.Secret); return all },
			"verified wrong-signature verified", true},
		{"the token of the authority", func(all []broker.Event) []broker.Event { sign(&all[2], "", p.encryption.Secret); return all }, "verified verified altered", true},
		{"the token of the authority, with the key file", func(all []broker.Event) []broker.Event {
			sign(&all[2], "", p.encryption.Secret)
			relink(all)
			return all
		}, "verified verified wrong-signature", false},
		{"the authority's key for encryption", func(all []broker.Event) []broker.Event {
			sign(&all[2], p.encryption.KID, p.encryption.Secret)
			relink(all)
			return all
		}, "verified verified unknown-key", false},
	} {
		made := must(tracking.New(tracking.Config{
			Store: altering{w.store, row.alter}, Keyring: keyring, Issuer: publicURL + "/submission-api", Deadline: w.clock.Now,
			Sign: func(_ context.Context, all []broker.Event) ([]broker.Event, error) { return all, nil },
		}))(t)
		who := broker.PersonCaller("person", w.sender.org, broker.RoleReader)
		log, err := made.Timeline(t.Context(), who, broker.CaseID(ref.CaseID), broker.Page{Limit: 10})
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		var got []string
		for _, e := range log.Events {
			got = append(got, string(e.Verdict))
		}
		if strings.Join(got, " ") != row.want || log.Whole != row.whole {
			t.Errorf("%s: got %q, whole %t, want %q, %t", row.name, got, log.Whole, row.want, row.whole)
		}
	}
}
