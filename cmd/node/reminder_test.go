package node_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
	"github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/testenv/postbox"
)

// TestReminderIsAMilestone has a reminder fall due by the clock of deadlines. It counts when a mail server took it, and not before the contact is confirmed.
func TestReminderIsAMilestone(t *testing.T) {
	onEitherStore(t, testReminder)
}

func testReminder(t *testing.T, cfg node.Config) {
	box, err := postbox.Start(postbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	cfg.Mail = node.Mail{Server: box.Address(), From: "Vierkant <vierkant@broker.example>", Encryption: "none", Gather: time.Millisecond}
	n := start(t, cfg)
	t.Cleanup(func() { stop(t, n) })
	o := seedOffice(t, n)
	sender, err := n.Broker.Clients.Get(t.Context(), broker.Operator(""), broker.ClientID(o.Sender.ClientID))
	if err != nil {
		t.Fatal(err)
	}
	list := milestonesOf(cfg, sender.Org, string(o.Destinations[0]))
	sent := o.send(t, n.URLs().Base)
	if err := call(t, cfg, http.MethodPost, "/test/clock", node.ClockMove{Forward: "73h"}, nil); err != nil {
		t.Fatal(err)
	}
	awaitText(t, mailsOf(n, sender.Org), "waiting")
	if done := list(t); strings.Contains(done, " contact-confirmed ") || strings.Contains(done, " reminder-sent ") {
		t.Errorf("got %s, and nobody confirmed the contact", done)
	}

	asked := awaitMail(t, box, `[A-Z2-7]{5}(-[A-Z2-7]{5,6}){4}`)
	if _, err := n.Mails.Confirm(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	awaitMail(t, box, string(sent.SubmissionID))
	awaitText(t, list, " contact-confirmed ", " reminder-sent ")
	checklist, err := n.GoLive().Get(t.Context(), broker.Operator(sender.Org), string(o.Destinations[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range checklist.Items {
		if i.Point == golive.ReminderSent && (i.Shown.Type != "mail" || !strings.Contains(mailsOf(n, sender.Org)(t), "waiting "+string(mail.StateSent)+" "+i.Shown.ID)) {
			t.Errorf("got %+v, want it shown by the mail that was sent:\n%s", i, mailsOf(n, sender.Org)(t))
		}
	}
}

// mailsOf are the mails of an organisation: template, state and id.
func mailsOf(n *node.Node, org broker.OrgID) source {
	return func(t testing.TB) (text string) {
		t.Helper()
		all, _, err := n.Mails.All(t.Context(), broker.Operator(org), broker.Page{Limit: broker.MaxPage})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			text += string(m.Template) + " " + string(m.State) + " " + string(m.ID) + "\n"
		}
		return text
	}
}

// awaitMail waits for a mail in which an expression matches, and returns what does.
func awaitMail(t testing.TB, box *postbox.Server, expression string) string {
	t.Helper()
	limit := time.After(patience)
	for {
		mails, more := box.Mails()
		for _, m := range mails {
			text := strings.ReplaceAll(string(m.Text), "=\r\n", "") // soft line breaks of quoted-printable
			if found := regexp.MustCompile(expression).FindString(text); found != "" {
				return found
			}
		}
		select {
		case <-more:
		case <-limit:
			t.Fatalf("no mail has %s: got %d mails", expression, len(mails))
		}
	}
}
