package mail_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	outgoing "github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// A mail is owed if and only if the transaction of its cause committed.
func TestOwedInTheTransaction(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store)
		abandoned := errors.New("abandoned")
		err := w.store.Update(t.Context(), func(tx broker.Tx) error {
			must(t, outgoing.Owe(tx, w.clock.Now(), outgoing.Letter{Template: outgoing.KeyChanged, To: contact, Org: w.org}))
			return abandoned
		})
		if !errors.Is(err, abandoned) || len(w.mails()) != 0 {
			t.Errorf("got %v and %d mails", err, len(w.mails()))
		}
		w.changed(contact, "k1")
		w.run()
		m := w.becomes(contact, "sent", state(outgoing.StateSent))
		got := w.received(1)[0]
		if want := fmt.Sprintf("<%s@test.broker.example>", m.ID); got.header.Get("Message-ID") != want || got.to != contact {
			t.Errorf("got %s to %s, want %s", got.header.Get("Message-ID"), got.to, want)
		}
		if got.header.Get("Auto-Submitted") != "auto-generated" || got.header.Get("From") != `"Vierkant" <vierkant@broker.example>` {
			t.Errorf("got %v", got.header)
		}
		if date, err := got.header.Date(); err != nil || !date.Equal(w.clock.Now()) {
			t.Errorf("got the date %v, %v", date, err)
		}
		if !strings.HasPrefix(got.subject, "[Vierkant test] Ein Zustellpunkt") || !strings.Contains(got.plain, "Schlüssel k1") || !strings.Contains(got.plain, "Key k1") {
			t.Errorf("got %s\n%s", got.subject, got.plain)
		}
	})
}

// 345 reminders of one hour are one mail, which tells of the first 20. What follows is in the next one.
func TestRemindersAreGathered(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store)
		destinations := []broker.DestinationID{"d0", "d1", "d2"}
		w.update(func(tx broker.Tx) error {
			for i := range 345 {
				must(t, w.waiting(tx, destinations[i%3], i))
			}
			return nil
		})
		w.run()
		w.changed(contact, "meanwhile") // when it is sent, the reminders were looked at
		w.received(1)
		w.clock.advance(59 * time.Minute)
		w.update(func(tx broker.Tx) error { return w.waiting(tx, "d0", 0) }) // told of already
		w.changed(contact, "later")
		if got := w.received(2); len(got) != 2 {
			t.Fatalf("got %d mails before the hour was over", len(got))
		}
		w.clock.advance(time.Minute)
		got := w.received(3)[2]
		if !strings.Contains(got.subject, "345 Einreichungen") || strings.Count(got.plain, "wartet seit") != outgoing.MaxFacts || !strings.Contains(got.plain, "325 weitere") {
			t.Errorf("got %s\n%s", got.subject, got.plain)
		}
		for _, d := range destinations {
			if strings.Count(got.plain, "„Amt "+string(d)+"“") != 1 {
				t.Errorf("the destination %s is not named once:\n%s", d, got.plain)
			}
		}
		w.update(func(tx broker.Tx) error { return w.waiting(tx, "d0", 400) })
		w.clock.advance(time.Hour)
		if got := w.received(4)[3]; !strings.Contains(got.subject, "Eine Einreichung wartet") {
			t.Errorf("got %s", got.subject)
		}
	})
}

// waiting owes a reminder of a submission that waits.
func (w *world) waiting(tx broker.Tx, d broker.DestinationID, i int) error {
	s := broker.Submission{
		ID: submission(i), Kind: broker.KindSubmission, Case: "c", Destination: d, Sender: "s", Author: "s", Org: w.org, State: broker.StateSubmitted,
		Created: w.clock.Now(), Submitted: w.clock.Now(),
	}
	if err := tx.PutSubmission(s); err != nil {
		return err
	}
	return outgoing.Owe(tx, w.clock.Now(), outgoing.Letter{Template: outgoing.Waiting, To: contact, Org: w.org, Fact: outgoing.Fact{
		Destination: d, Name: "Amt " + string(d), ID: string(s.ID), Since: s.Submitted, Until: s.Submitted.Add(14 * 24 * time.Hour),
	}})
}

func submission(i int) broker.SubmissionID {
	return broker.SubmissionID(fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
}

// While nothing can be sent, reminders go on being gathered; what was taken care of meanwhile is left out, and a mail without anything left is not sent.
func TestAWeekWithoutAServer(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store, withoutServer)
		stop := w.run()
		for day := range 7 {
			w.update(func(tx broker.Tx) error {
				must(t, w.waiting(tx, "d0", 2*day))
				return w.waiting(tx, "d1", 2*day+1)
			})
			w.clock.advance(24 * time.Hour)
			w.measures(outgoing.Stats{WithoutServer: 1})
			w.becomes(contact, "kept", func(m outgoing.Mail) bool { return m.Held == outgoing.HeldForServer && m.Count == 2*day+2 })
		}
		stop()
		for i := range 13 {
			w.update(func(tx broker.Tx) error { return tx.PutSubmission(w.accepted(tx, i)) })
		}
		w.cfg.Send = w.overSMTP
		w.runs(w.node(w.cfg))
		if got := w.received(1); len(got) != 1 || !strings.Contains(got[0].subject, "Eine Einreichung") || !strings.Contains(got[0].plain, string(submission(13))) {
			t.Errorf("got %+v", got)
		}
		w.update(func(tx broker.Tx) error { return w.waiting(tx, "d0", 20) })
		w.update(func(tx broker.Tx) error { return tx.PutSubmission(w.accepted(tx, 20)) })
		w.clock.advance(2 * time.Hour)
		w.changed(contact, "k")
		w.received(2)
		if all := w.mails(); all[1].State != outgoing.StateNeedless {
			t.Errorf("got %+v, want no mail about nothing", all[1])
		}
	})
}

// measures waits until what is owed is measured as wanted.
func (w *world) measures(want outgoing.Stats) {
	w.t.Helper()
	var got outgoing.Stats
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		var err error
		if got, err = w.Stats(context.Background()); err != nil {
			w.t.Fatal(err)
		}
		if got == want {
			return
		}
	}
	w.t.Fatalf("got %+v, want %+v", got, want)
}

func (w *world) accepted(tx broker.Tx, i int) broker.Submission {
	s, err := tx.Submission(submission(i))
	must(w.t, err)
	s.State = broker.StateAccepted
	return s
}

// Sixteen nodes send each mail once.
func TestManyNodes(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store)
		const n = 60
		for i := range n {
			w.changed(contact, fmt.Sprint("key ", i))
		}
		for range 15 {
			w.runs(w.node(w.cfg))
		}
		w.run()
		for _, m := range w.mails() {
			w.sent(m.ID)
		}
		got := w.received(n)
		if len(got) != n {
			t.Errorf("got %d mails, want %d", len(got), n)
		}
		seen := map[string]bool{}
		for _, m := range got {
			seen[m.header.Get("Message-ID")] = true
		}
		if len(seen) != n {
			t.Errorf("got %d different mails, want %d", len(seen), n)
		}
	})
}

// sent waits until a mail is.
func (w *world) sent(id outgoing.ID) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		all := w.mails()
		if i := slices.IndexFunc(all, func(m outgoing.Mail) bool { return m.ID == id }); all[i].State == outgoing.StateSent {
			return
		}
	}
	w.t.Fatalf("the mail %s was not sent", id)
}

// A node that dies after it claimed a mail loses nothing: another one sends it when the lease is over, with the same Message-ID.
func TestANodeDies(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store)
		dead := w.cfg
		claimed, dies := make(chan struct{}), make(chan struct{})
		die := sync.OnceFunc(func() { close(dies) })
		dead.Send = func(ctx context.Context, _, _ string, _ []byte) error {
			close(claimed)
			<-dies
			return nil // it was sent, and its report comes too late
		}
		stop := w.runs(w.node(dead))
		t.Cleanup(die)
		w.changed(contact, "k1")
		<-claimed
		w.run()
		w.clock.advance(9 * time.Minute)
		w.changed("other@stadt.example", "k2")
		w.approve("other@stadt.example")
		if got := w.received(1); got[0].to != "other@stadt.example" {
			t.Fatalf("got a mail to %s while another node had it", got[0].to)
		}
		w.clock.advance(2 * time.Minute)
		w.received(2)
		m := w.becomes(contact, "sent", state(outgoing.StateSent))
		die()
		stop()
		if after := w.becomes(contact, "sent", state(outgoing.StateSent)); !after.Over.Equal(m.Over) || after.Attempts != 2 {
			t.Errorf("got %+v, want %+v untouched by the dead", after, m)
		}
	})
}

// What is over stays readable for a while and is then forgotten, with everything that belongs to it.
func TestMailsAreForgotten(t *testing.T) {
	stores.OnBoth(t, func(t *testing.T, store broker.Store) {
		w := newWorld(t, store)
		w.run()
		w.changed(contact, "k")
		w.becomes(contact, "sent", state(outgoing.StateSent))
		w.clock.advance(90*24*time.Hour - time.Minute)
		w.changed(contact, "k2")
		w.received(2)
		if got := len(w.mails()); got != 2 {
			t.Fatalf("got %d mails", got)
		}
		w.clock.advance(time.Hour)
		w.becomes(contact, "the only one", state(outgoing.StateSent))
	})
}

// Readers see their own outbox, operators all; nobody else.
func TestWhoReadsMails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), withoutServer)
	w.changed(contact, "k1")
	id := w.mails()[0].ID
	foreign := broker.PersonCaller("f", broker.NewID[broker.OrgID](), broker.RoleOwner)
	if _, _, err := w.List(t.Context(), foreign, w.org, page); !errors.Is(err, broker.NotFound) {
		t.Errorf("got %v for a stranger", err)
	}
	if _, _, err := w.Get(t.Context(), foreign, foreign.Org, id); !errors.Is(err, broker.NotFound) {
		t.Errorf("got %v for a stranger who knows the id", err)
	}
	if _, _, err := w.All(t.Context(), w.owner, page); !errors.Is(err, broker.Forbidden) {
		t.Errorf("got %v for an owner who asks for all", err)
	}
	if all, _, err := w.All(t.Context(), machine, page); err != nil || len(all) != 1 {
		t.Errorf("got %v, %v", all, err)
	}
	reader := broker.PersonCaller("r", w.org, broker.RoleReader)
	_, text, err := w.Get(t.Context(), reader, w.org, id)
	if err != nil || !strings.Contains(text.Plain, "k1") || !strings.Contains(text.HTML, "k1") {
		t.Errorf("got %+v, %v", text, err)
	}
	if err := w.SetLanguage(t.Context(), reader, w.org, outgoing.English); !errors.Is(err, broker.Forbidden) {
		t.Errorf("got %v for a reader who chooses", err)
	}
	must(t, w.SetLanguage(t.Context(), w.owner, w.org, outgoing.English))
	if _, text, _ = w.Get(t.Context(), reader, w.org, id); strings.Contains(text.Plain, "Schlüssel") || !strings.Contains(text.Subject, "A destination uses another key") {
		t.Errorf("got %+v, want English alone", text)
	}
	if err := w.SetLanguage(t.Context(), w.owner, w.org, "fr"); !errors.Is(err, broker.Invalid) {
		t.Errorf("got %v for a language that there is not", err)
	}
}
