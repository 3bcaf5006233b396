package tracking

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// FormatMark writes a place in a list as people and programs hand it back; "" for the zero Mark.
func FormatMark(m broker.Mark) string {
	if m.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(m.Created.UTC().Format(time.RFC3339Nano) + " " + string(m.ID)))
}

// ParseMark reads what FormatMark wrote. Anything else is Invalid.
func ParseMark(text string) (m broker.Mark, err error) {
	if text == "" {
		return m, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	at, id, _ := strings.Cut(string(raw), " ")
	if err == nil {
		m.Created, err = time.Parse(time.RFC3339Nano, at)
	}
	if err == nil && id != "" {
		m.ID, err = broker.ParseID[broker.SubmissionID](id)
	}
	if err != nil {
		return broker.Mark{}, badRequest("after must be what the page before gave as next")
	}
	return m, nil
}
