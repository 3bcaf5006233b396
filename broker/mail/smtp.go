package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

// Encryption says how the connection to a mail server is protected.
type Encryption string

// The ways. Nothing in between: what is only used when offered is left out by whoever stands in between.
const (
	StartTLS    Encryption = "starttls" // required, whatever the server offers
	ImplicitTLS Encryption = "implicit" // TLS from the first byte, mostly on port 465
	Plain       Encryption = "none"     // for a server on this machine only
)

// SMTP is a mail server (RFC 5321) that takes mails for everybody. net/smtp is frozen and complete for that; what it lacks, time limits and LOGIN, are some
// lines here, and a further library would save none of the decisions.
type SMTP struct {
	Server     string // host:port
	Encryption Encryption
	Roots      *x509.CertPool // nil: those of the system
	User       string         // none: no login
	Password   string
	Hello      string // name of this machine; none: "localhost"
}

// What a mail server says about one mail. Everything else that goes wrong is about the server.
var (
	ErrRefused = errors.New("the mail server refused the mail for good")
	ErrLater   = errors.New("the mail server did not take the mail for now")
)

// serverError is what keeps all mails from being sent.
type serverError struct {
	err   error
	begun bool // while a mail was handed over: then it may be that mail that the server cannot bear
}

// Error implements error.
func (e *serverError) Error() string { return "mail server: " + e.err.Error() }

// Unwrap returns the cause.
func (e *serverError) Unwrap() error { return e.err }

// IsServerTrouble reports whether a mail could not be sent for a reason that has nothing to do with it.
func IsServerTrouble(err error) bool {
	_, is := errors.AsType[*serverError](err)
	return is
}

// mayBeItsFault reports whether a mail was being handed over when the server failed.
func mayBeItsFault(err error) bool {
	trouble, is := errors.AsType[*serverError](err)
	return is && trouble.begun
}

// Send hands over one mail. ErrRefused and ErrLater are about this mail, with the words of the server.
func (s SMTP) Send(ctx context.Context, from, to string, message []byte) error {
	c, err := s.connect(ctx)
	if err != nil {
		return &serverError{err: err}
	}
	defer c.Close()
	if err := s.prepare(c, from); err != nil {
		return &serverError{err: err}
	}
	if err := c.Rcpt(to); err != nil {
		return verdict(err)
	}
	w, err := c.Data()
	if err != nil {
		return verdict(err)
	}
	if _, err := w.Write(message); err != nil {
		return verdict(err)
	}
	if err := w.Close(); err != nil {
		return verdict(err)
	}
	_ = c.Quit() // it has the mail
	return nil
}

// connect dials, and has the connection end with ctx at the latest.
func (s SMTP) connect(ctx context.Context) (*smtp.Client, error) {
	host, _, err := net.SplitHostPort(s.Server)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Server)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }) // wakes whoever reads or writes; Close follows in Send
	if s.Encryption == ImplicitTLS {
		conn = tls.Client(conn, s.tls(host))
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		conn.Close()
	}
	return c, err
}

func (s SMTP) tls(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

// prepare does what is the same for every mail.
func (s SMTP) prepare(c *smtp.Client, from string) error {
	if s.Hello != "" {
		if err := c.Hello(s.Hello); err != nil {
			return err
		}
	}
	if s.Encryption == StartTLS {
		host, _, _ := net.SplitHostPort(s.Server)
		if err := c.StartTLS(s.tls(host)); err != nil {
			return fmt.Errorf("STARTTLS, which is required: %w", err)
		}
	}
	if s.User != "" {
		if err := s.logIn(c); err != nil {
			return fmt.Errorf("login: %w", err)
		}
	}
	return c.Mail(from)
}

func (s SMTP) logIn(c *smtp.Client) error {
	_, offered := c.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	host, _, _ := net.SplitHostPort(s.Server)
	if !slices.Contains(mechanisms, "PLAIN") && slices.Contains(mechanisms, "LOGIN") {
		return c.Auth(&loginAuth{user: s.User, password: s.Password})
	}
	return c.Auth(smtp.PlainAuth("", s.User, s.Password, host)) // refuses by itself to send a password in the clear over a network
}

// loginAuth is LOGIN, an older relative of PLAIN and all that some servers offer.
type loginAuth struct {
	user, password string
	asked          int
}

// Start implements smtp.Auth.
func (a *loginAuth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if ip := net.ParseIP(server.Name); !server.TLS && server.Name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", nil, errors.New("the password is not sent over a connection without TLS")
	}
	return "LOGIN", nil, nil
}

// Next implements smtp.Auth: the server asks for user and password, in whatever words.
func (a *loginAuth) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	a.asked++
	switch a.asked {
	case 1:
		return []byte(a.user), nil
	case 2:
		return []byte(a.password), nil
	}
	return nil, errors.New("the server asks for more than user and password")
}

// verdict tells from an answer to RCPT or DATA what it means for this mail. 421 ends the connection, and the connection may end by itself:
// then the mail is tried again, though the server may have taken it in its last moment.
func verdict(err error) error {
	answer, is := errors.AsType[*textproto.Error](err)
	switch {
	case !is || answer.Code == 421:
		return &serverError{err: err, begun: true}
	case answer.Code >= 500:
		return fmt.Errorf("%w: %d %s", ErrRefused, answer.Code, oneLine(answer.Msg))
	}
	return fmt.Errorf("%w: %d %s", ErrLater, answer.Code, oneLine(answer.Msg))
}

// forLog is an error without the words of a mail server, which may repeat an address.
func forLog(err error) string {
	if answer, is := errors.AsType[*textproto.Error](err); is {
		return fmt.Sprintf("the mail server answered %d", answer.Code)
	}
	return err.Error()
}
