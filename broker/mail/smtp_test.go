package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	outgoing "github.com/vierkant/vierkant/broker/mail"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/testenv/postbox"
)

// certificate is one for this machine, and the roots that trust it.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

// refuses answers one step otherwise.
func refuses(at postbox.Step, answer string) func(postbox.Step, string) string {
	return func(step postbox.Step, _ string) string {
		if step == at {
			return answer
		}
		return ""
	}
}

// TestExchange goes through what a mail server may do, and what a mail makes of it.
func TestExchange(t *testing.T) {
	t.Parallel()
	secure, roots := certificate(t)
	later, refused, server := outgoing.ErrLater, outgoing.ErrRefused, errors.New("trouble with the server")
	for name, c := range map[string]struct {
		box  postbox.Config
		smtp outgoing.SMTP
		want error
	}{
		"in the clear":               {postbox.Config{}, outgoing.SMTP{Encryption: outgoing.Plain}, nil},
		"STARTTLS":                   {postbox.Config{TLS: secure}, outgoing.SMTP{Encryption: outgoing.StartTLS, Roots: roots}, nil},
		"STARTTLS stripped":          {postbox.Config{}, outgoing.SMTP{Encryption: outgoing.StartTLS, Roots: roots}, server},
		"STARTTLS refused":           {postbox.Config{TLS: secure, Answer: refuses(postbox.StartTLS, "454 no")}, outgoing.SMTP{Encryption: outgoing.StartTLS, Roots: roots}, server},
		"certificate of a stranger":  {postbox.Config{TLS: secure}, outgoing.SMTP{Encryption: outgoing.StartTLS}, server},
		"implicit TLS":               {postbox.Config{TLS: secure, Implicit: true}, outgoing.SMTP{Encryption: outgoing.ImplicitTLS, Roots: roots}, nil},
		"implicit TLS to a plain":    {postbox.Config{}, outgoing.SMTP{Encryption: outgoing.ImplicitTLS, Roots: roots}, server},
		"PLAIN":                      {postbox.Config{TLS: secure, Login: "PLAIN", User: "u", Password: "p"}, outgoing.SMTP{Encryption: outgoing.StartTLS, Roots: roots, User: "u", Password: "p"}, nil},
		"LOGIN":                      {postbox.Config{TLS: secure, Login: "LOGIN", User: "u", Password: "p"}, outgoing.SMTP{Encryption: outgoing.StartTLS, Roots: roots, User: "u", Password: "p"}, nil},
		"wrong password":             {postbox.Config{TLS: secure, Login: "PLAIN", User: "u", Password: "p"}, outgoing.SMTP{Encryption: outgoing.StartTLS, Roots: roots, User: "u", Password: "q"}, server},
		"login missing":              {postbox.Config{Login: "PLAIN", User: "u", Password: "p"}, outgoing.SMTP{Encryption: outgoing.Plain}, server},
		"login not offered":          {postbox.Config{}, outgoing.SMTP{Encryption: outgoing.Plain, User: "u", Password: "p"}, server},
		"greeted with 554":           {postbox.Config{Answer: refuses(postbox.Greeting, "554 no")}, outgoing.SMTP{Encryption: outgoing.Plain}, server},
		"sender refused":             {postbox.Config{Answer: refuses(postbox.From, "550 not you")}, outgoing.SMTP{Encryption: outgoing.Plain}, server},
		"closing":                    {postbox.Config{Answer: refuses(postbox.To, "421 closing")}, outgoing.SMTP{Encryption: outgoing.Plain}, server},
		"greylisted":                 {postbox.Config{Answer: refuses(postbox.To, "451 4.7.1 later")}, outgoing.SMTP{Encryption: outgoing.Plain}, later},
		"unknown receiver":           {postbox.Config{Answer: refuses(postbox.To, "550 5.1.1 who?")}, outgoing.SMTP{Encryption: outgoing.Plain}, refused},
		"too many mails":             {postbox.Config{Answer: refuses(postbox.Data, "452 full")}, outgoing.SMTP{Encryption: outgoing.Plain}, later},
		"content refused":            {postbox.Config{Answer: refuses(postbox.End, "554 spam")}, outgoing.SMTP{Encryption: outgoing.Plain}, refused},
		"content not taken now":      {postbox.Config{Answer: refuses(postbox.End, "451 later")}, outgoing.SMTP{Encryption: outgoing.Plain}, later},
		"dropped at once":            {postbox.Config{Answer: refuses(postbox.Greeting, postbox.Drop)}, outgoing.SMTP{Encryption: outgoing.Plain}, server},
		"dropped after the receiver": {postbox.Config{Answer: refuses(postbox.To, postbox.Drop)}, outgoing.SMTP{Encryption: outgoing.Plain}, server},
		"dropped after the content":  {postbox.Config{Answer: refuses(postbox.End, postbox.Drop)}, outgoing.SMTP{Encryption: outgoing.Plain}, server},
		"nonsense":                   {postbox.Config{Answer: refuses(postbox.To, "hello")}, outgoing.SMTP{Encryption: outgoing.Plain}, server},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := startBox(t, c.box)
			c.smtp.Server = box.Address()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := c.smtp.Send(ctx, "vierkant@broker.example", contact, []byte("Subject: x\r\n\r\n.hidden\r\n"))
			checkVerdict(t, err, c.want, server)
			mails, _ := box.Mails()
			if c.want == nil && (len(mails) != 1 || string(mails[0].Text) != "Subject: x\r\n\r\n.hidden\r\n" || mails[0].Secure != (c.box.TLS != nil) || mails[0].User != c.smtp.User) {
				t.Errorf("got %+v", mails)
			}
			if err != nil && len(mails) != 0 {
				t.Errorf("got %+v", mails)
			}
		})
	}
}

func checkVerdict(t *testing.T, got, want, server error) {
	t.Helper()
	switch {
	case want == nil && got != nil:
		t.Errorf("got %v", got)
	case errors.Is(want, server) && !outgoing.IsServerTrouble(got):
		t.Errorf("got %v, want trouble with the server", got)
	case want != nil && !errors.Is(want, server) && !errors.Is(got, want):
		t.Errorf("got %v, want %v", got, want)
	}
}

// A server that hangs, at whatever step, costs no more than the time that it gets.
func TestServerHangs(t *testing.T) {
	t.Parallel()
	secure, roots := certificate(t)
	for _, at := range []postbox.Step{postbox.Greeting, postbox.Hello, postbox.StartTLS, postbox.From, postbox.To, postbox.Data, postbox.End} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			reached := make(chan struct{})
			once := sync.OnceFunc(func() { close(reached) })
			box := startBox(t, postbox.Config{TLS: secure, Answer: func(step postbox.Step, _ string) string {
				if step == at {
					once()
					return postbox.Hang
				}
				return ""
			}})
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-reached
				cancel()
			}()
			err := outgoing.SMTP{Server: box.Address(), Encryption: outgoing.StartTLS, Roots: roots}.Send(ctx, "a@b.example", contact, []byte("x"))
			if !outgoing.IsServerTrouble(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A mail that is refused for good is over, one that is not taken now is tried again later and later, and none is in the way of the others.
func TestRefusedAndLater(t *testing.T) {
	t.Parallel()
	later := sync.Mutex{}
	tries := 0
	w := newWorld(t, stores.Files(t), func(_ *outgoing.Config, box *postbox.Config) {
		box.Answer = func(at postbox.Step, to string) string {
			later.Lock()
			defer later.Unlock()
			switch {
			case at == postbox.To && strings.HasPrefix(to, "gone"):
				return "550 5.1.1 <gone@stadt.example>\tunknown"
			case at == postbox.To && strings.HasPrefix(to, "grey") && tries < 2:
				tries++
				return "450 later"
			}
			return ""
		}
	})
	for _, to := range []string{"gone@stadt.example", "grey@stadt.example"} {
		w.approve(to)
		w.changed(to, "k")
	}
	w.changed(contact, "k")
	w.run()
	w.received(1)
	if m := w.becomes("gone@stadt.example", "failed", state(outgoing.StateFailed)); m.Attempts != 1 || !strings.Contains(m.Reason, "550 5.1.1 <gone@stadt.example> unknown") {
		t.Errorf("got %+v", m)
	}
	for attempt := 1; attempt <= 2; attempt++ {
		m := w.becomes("grey@stadt.example", "put off", func(m outgoing.Mail) bool { return m.Attempts == attempt && !m.Next.IsZero() })
		pause, planned := m.Next.Sub(w.clock.Now()), outgoing.Retry(attempt)
		if pause < planned*4/5 || pause > planned*6/5 || m.State != outgoing.StateOwed {
			t.Errorf("attempt %d: got a pause of %v, want about %v; %+v", attempt, pause, planned, m)
		}
		w.clock.advance(pause)
	}
	w.received(2)
	w.becomes("grey@stadt.example", "sent", state(outgoing.StateSent))
}

// logLines is a log that a test waits for.
type logLines chan string

// Write implements io.Writer.
func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// While the server is in trouble no mail is blamed; one during which it fails is tried after the others. Logs tell it once, and no address.
func TestServerTrouble(t *testing.T) {
	t.Parallel()
	log := make(logLines, 100)
	chokes := func(at postbox.Step, to string) string {
		if at == postbox.End && strings.HasPrefix(to, "poison") {
			return postbox.Drop
		}
		return ""
	}
	w := newWorld(t, stores.Files(t), func(c *outgoing.Config, _ *postbox.Config) { c.Log = slog.New(slog.NewTextHandler(log, nil)) })
	w.box.Close()
	w.approve("poison@stadt.example")
	w.changed("poison@stadt.example", "k")
	for i := range 20 {
		w.changed(contact, fmt.Sprint(i))
	}
	stop := w.run()
	wantLine(t, log, "mails cannot be sent", "stadt.example")
	stop()
	for _, m := range w.mails() {
		if m.State != outgoing.StateOwed || m.Attempts != 0 {
			t.Errorf("got %+v", m)
		}
	}
	w.box = startBox(t, postbox.Config{Answer: chokes})
	w.Mails = w.node(w.cfg)
	w.run()
	wantLine(t, log, "mails cannot be sent", "stadt.example")
	w.becomes("poison@stadt.example", "put off", func(m outgoing.Mail) bool { return m.Attempts == 1 && !m.Next.IsZero() })
	w.clock.advance(30 * time.Second) // less than the pause of the mail, more than that of the server
	w.received(20)
}

func wantLine(t *testing.T, log logLines, want, never string) {
	t.Helper()
	select {
	case got := <-log:
		if !strings.Contains(got, want) || strings.Contains(got, never) {
			t.Errorf("got the line %s", got)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("no line about %q", want)
	}
}
