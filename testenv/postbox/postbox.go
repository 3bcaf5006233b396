// Package postbox is a mail server for tests: it speaks SMTP (RFC 5321) on loopback, keeps what it is handed, and misbehaves where it is told to. It is as strict
// as it has to be to find what is wrong with a client, and no server for anything else.
package postbox

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"sync"
)

// Step is a moment of an exchange.
type Step string

// The steps at which a server may misbehave.
const (
	Greeting Step = "greeting"
	Hello    Step = "EHLO"
	StartTLS Step = "STARTTLS"
	Login    Step = "AUTH"
	From     Step = "MAIL"
	To       Step = "RCPT"
	Data     Step = "DATA"
	End      Step = "end of data"
)

// What a server does instead of answering.
const (
	Hang = "hang" // says nothing until Close
	Drop = "drop" // ends the connection
)

// Config says how the server behaves. The zero value takes everything in the clear.
type Config struct {
	TLS      *tls.Config // offered by STARTTLS, or used from the first byte
	Implicit bool
	Login    string // "PLAIN" or "LOGIN": required; none: none is offered
	User     string
	Password string

	// Answer may give another answer than success at a step, like "451 later", Hang or Drop; about is what the command names. "" is the usual one.
	Answer func(at Step, about string) string
}

// Mail is what the server was handed.
type Mail struct {
	From, To string
	Text     []byte
	Secure   bool   // over TLS
	User     string // who had logged in
}

// Server is a running mail server.
type Server struct {
	cfg      Config
	listener net.Listener
	closed   chan struct{}
	close    func() error // once
	running  sync.WaitGroup

	mu    sync.Mutex // guards what follows
	conns map[net.Conn]bool
	mails []Mail
	more  chan struct{} // closed when there is a further mail
}

// Start starts a server on a free port of this machine.
func Start(cfg Config) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, listener: l, closed: make(chan struct{}), conns: map[net.Conn]bool{}, more: make(chan struct{})}
	s.close = sync.OnceValue(s.stop)
	s.running.Go(s.accept)
	return s, nil
}

// Address is host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close ends the server and its connections. It may be called again.
func (s *Server) Close() error { return s.close() }

func (s *Server) stop() error {
	close(s.closed)
	err := s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
	return err
}

// Mails returns what was taken so far, and a channel that is closed when there is more.
func (s *Server) Mails() ([]Mail, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...), s.more
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.running.Go(func() {
			defer s.forget(c)
			_ = s.serve(c) // whoever hangs up hangs up
		})
	}
}

func (s *Server) forget(c net.Conn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *Server) keep(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
	close(s.more)
	s.more = make(chan struct{})
}

// session is one connection.
type session struct {
	*Server
	conn   net.Conn
	text   *textproto.Conn
	secure bool
	user   string
	mail   Mail
}

var errEnd = errors.New("the session is over")

func (s *Server) serve(c net.Conn) error {
	v := &session{Server: s, conn: c}
	if s.cfg.Implicit {
		v.protect()
	} else {
		v.text = textproto.NewConn(c)
	}
	if err := v.answer(Greeting, "", "220 postbox.example ESMTP"); err != nil {
		return err
	}
	for {
		line, err := v.text.ReadLine()
		if err != nil {
			return err
		}
		if err := v.command(line); err != nil {
			return err
		}
	}
}

// protect goes on over TLS.
func (v *session) protect() {
	v.conn = tls.Server(v.conn, v.cfg.TLS)
	v.text = textproto.NewConn(v.conn)
	v.secure = true
}

// answer says the usual thing, or what the test wants said instead.
func (v *session) answer(at Step, about, usual string) error {
	_, err := v.answered(at, about, usual)
	return err
}

// answered also reports whether it was the usual answer.
func (v *session) answered(at Step, about, usual string) (bool, error) {
	said := usual
	if v.cfg.Answer != nil {
		if other := v.cfg.Answer(at, about); other != "" {
			said = other
		}
	}
	switch said {
	case Hang:
		<-v.closed
		return false, errEnd
	case Drop:
		return false, errEnd
	}
	return said == usual, v.text.PrintfLine("%s", said)
}

func (v *session) command(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return v.answer(Hello, rest, v.greeting())
	case "STARTTLS":
		return v.startTLS()
	case "AUTH":
		return v.logIn(rest)
	case "MAIL":
		return v.from(rest)
	case "RCPT":
		return v.to(rest)
	case "DATA":
		return v.data()
	case "QUIT":
		_ = v.text.PrintfLine("221 bye")
		return errEnd
	}
	return v.text.PrintfLine("500 unknown command")
}

func (v *session) greeting() string {
	lines := []string{"250-postbox.example", "250-8BITMIME", "250-SMTPUTF8"}
	if v.cfg.TLS != nil && !v.secure {
		lines = append(lines, "250-STARTTLS")
	}
	if v.cfg.Login != "" {
		lines = append(lines, "250-AUTH "+v.cfg.Login)
	}
	return strings.Join(append(lines, "250 SIZE 10000000"), "\r\n")
}

func (v *session) startTLS() error {
	if v.cfg.TLS == nil {
		return v.text.PrintfLine("502 no TLS here")
	}
	usual, err := v.answered(StartTLS, "", "220 go on")
	if err == nil && usual {
		v.protect()
	}
	return err
}

func (v *session) logIn(how string) error {
	mechanism, initial, _ := strings.Cut(how, " ")
	user, password, err := "", "", error(nil)
	switch mechanism {
	case "PLAIN":
		plain, err := base64.StdEncoding.DecodeString(initial)
		if parts := strings.Split(string(plain), "\x00"); err == nil && len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		if user, err = v.ask("Username:"); err == nil {
			password, err = v.ask("Password:")
		}
	}
	if err != nil {
		return err
	}
	if mechanism != v.cfg.Login || user != v.cfg.User || password != v.cfg.Password {
		return v.text.PrintfLine("535 wrong")
	}
	v.user = user
	return v.answer(Login, user, "235 welcome")
}

func (v *session) ask(what string) (string, error) {
	if err := v.text.PrintfLine("334 %s", base64.StdEncoding.EncodeToString([]byte(what))); err != nil {
		return "", err
	}
	line, err := v.text.ReadLine()
	if err != nil {
		return "", err
	}
	said, err := base64.StdEncoding.DecodeString(line)
	return string(said), err
}

func (v *session) from(rest string) error {
	if v.cfg.Login != "" && v.user == "" {
		return v.text.PrintfLine("530 log in first")
	}
	v.mail = Mail{From: path(rest, "FROM:"), Secure: v.secure, User: v.user}
	return v.answer(From, v.mail.From, "250 ok")
}

func (v *session) to(rest string) error {
	to := path(rest, "TO:")
	usual, err := v.answered(To, to, "250 ok")
	if usual {
		v.mail.To = to
	}
	return err
}

func (v *session) data() error {
	if v.mail.To == "" {
		return v.text.PrintfLine("554 no valid recipients")
	}
	usual, err := v.answered(Data, v.mail.To, "354 go on")
	if err != nil || !usual {
		return err
	}
	if v.mail.Text, err = strictly(v.text.R); err != nil {
		return errors.Join(err, v.text.PrintfLine("554 %s", err))
	}
	usual, err = v.answered(End, v.mail.To, "250 taken")
	if usual {
		v.keep(v.mail)
	}
	return err
}

// strictly reads a message and refuses lines that are too long or not ended by CR LF (RFC 5321 2.3.8, 4.5.3.1.6).
func strictly(r *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		line, err := r.ReadString('\n')
		switch {
		case err != nil:
			return nil, err
		case line == ".\r\n":
			return text, nil
		case len(line) > 1000:
			return nil, fmt.Errorf("a line has %d bytes", len(line))
		case !strings.HasSuffix(line, "\r\n") || strings.Contains(strings.TrimSuffix(line, "\r\n"), "\r"):
			return nil, errors.New("a line does not end with CR LF")
		}
		text = append(text, strings.TrimPrefix(line, ".")...)
	}
}

// path is the address of MAIL or RCPT, without parameters.
func path(rest, prefix string) string {
	rest = strings.TrimPrefix(rest, prefix)
	rest, _, _ = strings.Cut(rest, " ")
	return strings.TrimSuffix(strings.TrimPrefix(rest, "<"), ">")
}
