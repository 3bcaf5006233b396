package testenv_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/set"
)

// past writes what is left of applications that were accepted and whose content is gone: the submission, its case, and a log of four signed
// events. It writes records as the services do, straight into the store, of which one transaction takes many. Left out is what has left no
// trace in the end (that they waited, that events were unsigned), and the signatures: nobody verifies a token that is read.
type past struct {
	destination broker.DestinationID
	sender      broker.Client
	issuer      string
	chain       []byte // key
	token       string // of every event, as long as real ones
}

// tokenSize is how long the token of an event with tags is: claims, and a signature by RSA-4096.
const tokenSize = 1500

// pastAtOnce bounds how many one transaction takes: a part of what is there. The more, the less often the same pages of indexes by random
// ids are written; but bbolt splits pages only when it commits, and in one that has become long each insertion moves the rest.
func pastAtOnce(there int) int { return min(max(there/4, 500), 20_000) }

// fillFiles writes so many into the files of a rival that does not run.
func (r *rival) fillFiles(ctx context.Context, tokenSize, many int) error {
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(r.data(), "vierkant.db")})
	if err != nil {
		return err
	}
	defer store.Close()
	p, err := r.past(ctx, store, tokenSize)
	if err != nil {
		return err
	}
	for there := 0; there < many; {
		next := min(pastAtOnce(there), many-there)
		if err := p.write(ctx, store, next); err != nil {
			return err
		}
		there += next
	}
	return nil
}

// sample is how many past applications go through the PostgreSQL store; the database makes the others after them.
const sample = 1000

// fillDatabase writes so many, which is a multiple of the sample, into the database of a rival that does not run.
func (r *rival) fillDatabase(b *testing.B, store broker.Store, tokenSize, many int) {
	b.Helper()
	p, err := r.past(b.Context(), store, tokenSize)
	if err != nil {
		b.Fatal(err)
	}
	for range sample / 100 {
		if err := p.write(b.Context(), store, 100); err != nil {
			b.Fatal(err)
		}
	}
	pgtest.Exec(b, r.dsn, copies(many/sample-1)...)
}

// copies writes all that is there again and again, under other ids. What an event claims is copied as it is, so that its chain holds.
func copies(times int) []string {
	other := func(id string) string { return "md5(" + id + " || k)::uuid::text" }
	each := fmt.Sprintf("generate_series(1, %d) as k", times)
	return []string{
		"insert into cases (id, record) select " + other("id") + ", replace(record::text, id, " + other("id") + ")::json from cases, " + each,
		"insert into sender_cases (sender, case_id) select sender, " + other("case_id") + " from sender_cases, " + each,
		"insert into destination_cases (destination, case_id) select destination, " + other("case_id") + " from destination_cases, " + each,
		"insert into submissions (id, inbox, record) select " + other("id") + ", inbox, replace(replace(record::text, id, " + other("id") +
			"), record->>'case', " + other("(record->>'case')") + ")::json from submissions, " + each,
		"insert into case_submissions (case_id, kind, nth, submission) select " + other("case_id") + ", kind, nth, " + other("submission") +
			" from case_submissions, " + each,
		"insert into events (case_id, number, id, submission, nth, claims, token, record) select " + other("case_id") + ", number, " + other("id") + ", " +
			other("submission") + ", nth, claims, token, replace(replace(replace(record::text, id, " + other("id") + "), case_id, " + other("case_id") +
			"), submission, " + other("submission") + ")::json from events, " + each,
		fmt.Sprintf("update tallies set n = n * %d where list like 'cases %%'", times+1),
		"vacuum analyze",
	}
}

func (r *rival) past(ctx context.Context, store broker.Store, tokenSize int) (past, error) {
	p := past{
		destination: r.made.Destinations[0], issuer: r.url + "/submission-api", token: text(newRandom(), tokenSize*3/4),
	}
	wrapper, err := keys.LoadWrapper(filepath.Join(r.data(), "key"))
	if err != nil {
		return p, err
	}
	p.chain = wrapper.MACKey("event chain")
	return p, store.View(ctx, func(tx broker.Tx) (err error) {
		p.sender, err = tx.Client(broker.ClientID(r.made.Sender.ClientID))
		return err
	})
}

// write writes so many in one transaction.
func (p past) write(ctx context.Context, store broker.Store, many int) error {
	return store.Update(ctx, func(tx broker.Tx) error {
		for range many {
			if err := p.one(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// one writes one application and its case.
func (p past) one(tx broker.Tx) error {
	now := time.Now()
	sub := broker.Submission{
		ID: broker.NewID[broker.SubmissionID](), Kind: broker.KindSubmission, Case: broker.NewID[broker.CaseID](),
		Destination: p.destination, Sender: p.sender.ID, Org: p.sender.Org, Author: p.sender.ID,
		Service: broker.Service{Identifier: "urn:de:fim:leika:leistung:99050012104000", Name: "Gewerbeanmeldung"}, Region: "DE",
		State: broker.StateAccepted, Digest: bytes.Repeat([]byte{7}, sha256.Size), Notified: []string{set.NotifiedByPolling},
		Created: now, Submitted: now, Decided: now,
	}
	sub.Metadata = broker.Sealed{KID: p.token[:43], Tag: p.token[:22], Digest: sub.Digest}
	sub.Data = sub.Metadata
	c := broker.Case{
		ID: sub.Case, Sender: sub.Sender, Org: sub.Org, Destination: sub.Destination, LastIssued: now.Unix(), Created: now, Changed: now,
	}
	for _, event := range []string{set.CreateSubmission, set.SubmitSubmission, set.NotifySubmission, set.AcceptSubmission} {
		if err := p.event(tx, &c, sub, event, now); err != nil {
			return err
		}
	}
	if err := tx.PutSubmission(sub); err != nil {
		return err
	}
	return tx.PutCase(c)
}

// event appends the next event: that of an accept is the subscriber's token and nothing else.
func (p past) event(tx broker.Tx, c *broker.Case, sub broker.Submission, event string, now time.Time) error {
	c.Events++
	e := broker.Event{
		Case: c.ID, Number: c.Events, ID: broker.NewID[broker.EventID](), Submission: sub.ID, Type: event, Token: p.token, Recorded: now,
	}
	chained := []byte(e.Token)
	if event != set.AcceptSubmission {
		content := set.Payload{AuthenticationTags: &set.AuthenticationTags{Metadata: sub.Metadata.Tag, Data: sub.Data.Tag}}
		claims := set.Claims{
			Schema: set.SchemaURI(set.CurrentVersion), ID: string(e.ID), Issuer: p.issuer, IssuedAt: now.Unix(),
			Subject: "submission:" + string(sub.ID), Transaction: "case:" + string(c.ID), Event: event, Payload: content.Bytes(),
		}
		var err error
		if e.Claims, err = claims.Bytes(); err != nil {
			return err
		}
		chained = e.Claims
	}
	mac := hmac.New(sha256.New, p.chain)
	mac.Write(c.Chain)
	mac.Write(chained)
	e.Chain = mac.Sum(nil)
	c.Chain = e.Chain
	return tx.AppendEvent(e)
}
