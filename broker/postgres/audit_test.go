package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/crypto/set"
)

// TestAudit breaks each rule by which whole nodes are judged, and has it found.
func TestAudit(t *testing.T) {
	t.Parallel()
	dsn := migrated(t)
	fillForAudit(t, openStore(t, dsn))
	if broken := pgtest.Broken(t, dsn); len(broken) > 0 {
		t.Fatalf("before anything is broken: got %q", broken)
	}
	for _, test := range []struct{ breaks, mends, want string }{
		{"update events set number = 9 where number = 2", "update events set number = 2 where number = 9", "no gaps"},
		{`update cases set record = replace(record::text, '"chain"', '"x"')::json`, `update cases set record = replace(record::text, '"x"', '"chain"')::json`, "ends with the chain"},
		{"update cases set id = 'other'", "update cases set id = 'c'", "has its case"},
		{"update events set nth = 9 where nth = 2", "update events set nth = 2 where nth = 9", "numbered without gaps"},
		{`update submissions set record = replace(record::text, 'submitted"', 'accepted"')::json`, `update submissions set record = replace(record::text, 'accepted"', 'submitted"')::json`, "the log proves"},
		{`insert into events select case_id, 3, 'again', submission, 3, 99, claims, token, record from events where number = 2`, "delete from events where number = 3", "told twice"},
		{"update submissions set waiting = null", "update submissions set waiting = (select place from waiting)", "exactly those wait"},
		{"insert into waiting values ('d', 99, 'x')", "delete from waiting where place = 99", "not there"},
		{"update tallies set n = n + 1 where list = 'unsigned'", "update tallies set n = n - 1 where list = 'unsigned'", "lengths"},
		{"update sender_cases set sender = 'other'", "update sender_cases set sender = 's'", "lists of its parties"},
		{"update case_submissions set kind = 'reply'", "update case_submissions set kind = 'submission'", "in the list of its case"},
		{"update attachments set id = 'other'", "update attachments set id = 'a'", "has its attachments"},
		{"update bodies set body = body || 'x'", "update bodies set body = substr(body, 1, 3)", "all of them"},
		{"insert into bodies values ('x', '')", "delete from bodies where id = 'x'", "lies about"},
		{"insert into blobs values ('x', 1, 1)", "delete from blobs where id = 'x'", "is whole"},
		{"update deliveries set submission = 'x'", "update deliveries set submission = 's'", "lacks its callback"},
		{"update deliveries set receiver = 'destination x'", "update deliveries set receiver = 'destination d'", "what the record says"},
		{"insert into deliveries (id, place, due, due_nano, record, receiver, submission) select 'again', 99, due, due_nano, record, receiver, submission from deliveries", "delete from deliveries where place = 99", "owed once"},
	} {
		pgtest.Exec(t, dsn, test.breaks)
		if broken := strings.Join(pgtest.Broken(t, dsn), "\n"); !strings.Contains(broken, test.want) {
			t.Errorf("%s: got %q, want a rule with %q", test.breaks, broken, test.want)
		}
		pgtest.Exec(t, dsn, test.mends)
	}
	if broken := pgtest.Broken(t, dsn); len(broken) > 0 {
		t.Errorf("after all is mended: got %q", broken)
	}
}

// fillForAudit writes a submission with an attachment that waits, and whose callback is owed.
func fillForAudit(t *testing.T, s *Store) {
	t.Helper()
	err := s.Update(context.Background(), func(tx broker.Tx) error {
		body, err := tx.AddBody([]byte("abc"))
		part := broker.Sealed{Body: broker.Body{Record: body, Size: 3}}
		sub := broker.Submission{
			ID: "s", Kind: broker.KindSubmission, Case: "c", Destination: "d", Sender: "s", Author: "s",
			State: broker.StateSubmitted, Announced: []broker.AttachmentID{"a"}, Metadata: part, Data: part,
		}
		return errors.Join(err,
			tx.PutDestination(broker.Destination{ID: "d", Org: "o", Callback: &broker.Callback{URL: "https://authority.example"}}),
			tx.AppendEvent(broker.Event{Case: "c", Number: 1, ID: "e1", Submission: "s", Type: set.CreateSubmission, Chain: []byte{1}}),
			tx.AppendEvent(broker.Event{Case: "c", Number: 2, ID: "e2", Submission: "s", Type: set.SubmitSubmission, Chain: []byte{2}}),
			tx.PutCase(broker.Case{ID: "c", Sender: "s", Destination: "d", Events: 2, Chain: []byte{2}}),
			tx.PutSubmission(sub),
			tx.PutAttachment(broker.Attachment{ID: "a", Submission: "s", Sealed: part}),
			tx.PutDelivery(broker.Delivery{ID: "n", Type: broker.NewSubmissions, Submission: "s", Destination: "d"}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
}
