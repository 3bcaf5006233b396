package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vierkant/vierkant/broker/mail"
)

// Mail says which mail server takes this environment's mails. Without one they are kept and can be read.
type Mail struct {
	Server       string          // host:port; empty: none, and nothing else may be set but Gather
	From         string          // sender, with or without a name; required with Server
	User         string          // empty: no login
	PasswordFile string          // with User
	Encryption   mail.Encryption // empty: STARTTLS, or none if the server is this machine
	TrustAnchors string          // PEM file with the roots of the server's certificate; empty: those of the system
	Timeout      time.Duration   // of one exchange; 0 is 30 s
	Gather       time.Duration   // how long reminders to one address are gathered into one mail; 0 is 1 h
}

// MailEncryption says how the connection to the mail server is protected: starttls, implicit or none.
type MailEncryption = mail.Encryption

// Bounds of durations that make sense.
const (
	leastMailTimeout = time.Second
	mostMailTimeout  = time.Minute
	mostGather       = 24 * time.Hour
)

func (m Mail) check() error {
	if m.Gather < 0 || m.Gather > mostGather {
		return fmt.Errorf("mail.gather: %s is not between 0 and %s", m.Gather, mostGather)
	}
	if m.Server == "" {
		return m.checkNone()
	}
	host, port, err := net.SplitHostPort(m.Server)
	if err != nil || host == "" || port == "" {
		return fmt.Errorf("mail.server: %q is not host:port, like mail.example:587", m.Server)
	}
	if _, err := netmail.ParseAddress(m.From); err != nil {
		return fmt.Errorf("mail.from: %q is not a mail address: name the sender, like Vierkant <vierkant@stadt.example>", m.From)
	}
	if (m.User == "") != (m.PasswordFile == "") {
		return errors.New("mail: user and password_file belong together, one of them is missing")
	}
	if m.Timeout != 0 && (m.Timeout < leastMailTimeout || m.Timeout > mostMailTimeout) {
		return fmt.Errorf("mail.timeout: %s is not between %s and %s", m.Timeout, leastMailTimeout, mostMailTimeout)
	}
	return m.checkEncryption(host)
}

func (m Mail) checkNone() error {
	m.Gather = 0
	if m != (Mail{}) {
		return errors.New("mail.server: name the mail server, like mail.example:587, or leave out all of mail but gather")
	}
	return nil
}

func (m Mail) checkEncryption(host string) error {
	switch m.Encryption {
	case "", mail.StartTLS, mail.ImplicitTLS:
		return nil
	case mail.Plain:
		if !isLoopback(host) {
			return fmt.Errorf("mail.encryption: none only for a mail server on this machine, not for %s: anybody on the way could read and change mails", host)
		}
		return nil
	}
	return fmt.Errorf("mail.encryption: %q is none of %s, %s, %s", m.Encryption, mail.StartTLS, mail.ImplicitTLS, mail.Plain)
}

// smtp reads what the configuration names.
func (m Mail) smtp() (s mail.SMTP, err error) {
	host, _, err := net.SplitHostPort(m.Server)
	if err != nil {
		return s, err
	}
	s = mail.SMTP{Server: m.Server, Encryption: m.Encryption, User: m.User}
	if s.Hello, err = os.Hostname(); err != nil {
		return s, err
	}
	if s.Encryption == "" {
		s.Encryption = mail.StartTLS
		if isLoopback(host) {
			s.Encryption = mail.Plain
		}
	}
	if m.PasswordFile != "" {
		password, err := os.ReadFile(m.PasswordFile)
		if err != nil {
			return s, fmt.Errorf("mail.password_file: %w", err)
		}
		s.Password = strings.TrimRight(string(password), "\r\n")
	}
	if m.TrustAnchors != "" {
		s.Roots, err = readRoots("mail.trust_anchors", m.TrustAnchors)
	}
	return s, err
}

// inspect reads the files that the configuration names.
func (m Mail) inspect() (notes []string, err error) {
	if m.Server == "" {
		return []string{"note: no mail.server: mails are kept in the outbox, where they can be read, and nobody is reminded"}, nil
	}
	_, err = m.smtp()
	return nil, err
}

// makeMails makes what sends mails, or keeps them.
func (n *Node) makeMails(context.Context) error {
	zone, err := time.LoadLocation("Europe/Berlin") // of those who read them
	if err != nil {
		return err
	}
	cfg := mail.Config{
		Store: n.store.Store, Log: n.log, Now: n.now, URL: n.public, Environment: n.cfg.Environment.Name, Zone: zone,
		From: n.cfg.Mail.From, Timeout: n.cfg.Mail.Timeout, Gather: n.cfg.Mail.Gather, Sent: n.witnessMail,
		Wrap: n.wrapper.Wrap, Unwrap: n.wrapper.Unwrap,
	}
	if n.cfg.Mail.Server == "" {
		cfg.From = "Vierkant <vierkant@localhost>" // of mails that are only read here
	} else {
		smtp, err := n.cfg.Mail.smtp()
		if err != nil {
			return err
		}
		cfg.Send = smtp.Send
	}
	n.Mails, err = mail.New(cfg)
	return err
}

// mailBacklog reads which mails are owed when it is asked for.
type mailBacklog struct{ n *Node }

var (
	mailCount = prometheus.NewDesc("vierkant_mail_debt_mails", "Mails that wait for their turn; reminders are gathered first.", nil, nil)
	mailAge   = prometheus.NewDesc("vierkant_mail_debt_seconds", "Age of the oldest mail that waits for its turn.", nil, nil)
	mailsKept = prometheus.NewDesc("vierkant_mail_kept_mails", "Mails that are kept: for lack of a mail server, or until their addresses are confirmed.", []string{"until"}, nil)
)

// Describe implements prometheus.Collector. It is asked before there are mails.
func (b mailBacklog) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{mailCount, mailAge, mailsKept} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (b mailBacklog) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	s, err := b.n.Mails.Stats(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(mailCount, err)
		return
	}
	out <- prometheus.MustNewConstMetric(mailCount, prometheus.GaugeValue, float64(s.Queue.Count))
	out <- prometheus.MustNewConstMetric(mailAge, prometheus.GaugeValue, backlog(b).age(s.Queue))
	out <- prometheus.MustNewConstMetric(mailsKept, prometheus.GaugeValue, float64(s.WithoutServer), "server")
	out <- prometheus.MustNewConstMetric(mailsKept, prometheus.GaugeValue, float64(s.WithoutApproval), "confirmation")
}
