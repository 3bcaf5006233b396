package mail

import (
	"bytes"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// compose makes the message (RFC 5322, RFC 2046). All of it is ASCII, but for an address that is not (RFC 6532).
func (m *Mails) compose(r mailRecord, text Text) ([]byte, error) {
	var out bytes.Buffer
	to := mail.Address{Address: r.To}
	u, err := url.Parse(m.cfg.URL)
	if err != nil {
		return nil, err
	}
	body := multipart.NewWriter(&out)
	for _, h := range [][2]string{
		{"From", m.from.String()},
		{"To", to.String()},
		{"Subject", folded(text.Subject)},
		{"Date", m.cfg.Now().Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%s@%s>", r.ID, u.Hostname())}, // of the mail, not of the attempt: who gets it twice can tell
		{"Auto-Submitted", "auto-generated"},                       // RFC 3834: no vacation notice, please
		{"X-Auto-Response-Suppress", "All"},                        // the same for Exchange
		{"MIME-Version", "1.0"},
		{"Content-Type", mime.FormatMediaType("multipart/alternative", map[string]string{"boundary": body.Boundary()})},
	} {
		fmt.Fprintf(&out, "%s: %s\r\n", h[0], h[1])
	}
	out.WriteString("\r\n")
	if err := part(body, "text/plain", text.Plain); err != nil {
		return nil, err
	}
	if err := part(body, "text/html", text.HTML); err != nil {
		return nil, err
	}
	err = body.Close()
	return out.Bytes(), err
}

func part(body *multipart.Writer, mediaType, text string) error {
	w, err := body.CreatePart(textproto.MIMEHeader{
		"Content-Type": {mediaType + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	q := quotedprintable.NewWriter(w)
	if _, err := q.Write([]byte(text)); err != nil {
		return err
	}
	return q.Close()
}

// folded is a header field of words that are encoded where they have to be, each on a line of its own if there are many.
func folded(text string) string {
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", oneLine(text)), "?= =?", "?=\r\n =?")
}

// oneLine makes of any text one that is one line and runs in one direction: control characters become spaces, and what would turn the direction of what follows, or
// stand there unseen, is gone. A link that somebody put into a name does not become one that can be clicked.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "://", ": //")), " ")
}
