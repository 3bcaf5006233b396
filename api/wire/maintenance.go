package wire

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaintenanceHeader is in every answer while maintenance is announced or going on. There is no registered header for this: Warning was withdrawn
// (RFC 9111 5.5), Deprecation and Sunset are about what ends for good, and Retry-After is only in answers that refuse.
const MaintenanceHeader = "Vierkant-Maintenance"

// Maintenance is the announcement of maintenance: a member of GET …/info, and, as a dictionary of RFC 9651, the header.
type Maintenance struct {
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	ReadOnly bool      `json:"readOnly"` // what would change something is answered with 503 meanwhile
	Text     string    `json:"text,omitempty"`
}

// Header is the value of the header, like: from=@1767600000, until=@1767603600, read-only, text=%"Wartung".
func (m Maintenance) Header() string {
	var b strings.Builder
	fmt.Fprintf(&b, "from=@%d, until=@%d", m.From.Unix(), m.Until.Unix())
	if m.ReadOnly {
		b.WriteString(", read-only")
	}
	if m.Text != "" {
		b.WriteString(`, text=%"`)
		for _, c := range []byte(m.Text) {
			if c < ' ' || c >= 0x7f || c == '%' || c == '"' {
				fmt.Fprintf(&b, "%%%02x", c)
			} else {
				b.WriteByte(c)
			}
		}
		b.WriteByte('"')
	}
	return b.String()
}

// ReadMaintenance reads the header. What cannot be read, or says less than from when until when, was not said.
func ReadMaintenance(header string) (m Maintenance, ok bool) {
	var from, until bool
	for header != "" {
		var member string
		member, header = nextMember(header)
		name, value, _ := strings.Cut(member, "=")
		switch name {
		case "from":
			m.From, from = readDate(value)
		case "until":
			m.Until, until = readDate(value)
		case "read-only":
			m.ReadOnly = value == "" || value == "?1"
		case "text":
			m.Text = readDisplay(value)
		}
	}
	return m, from && until && m.From.Before(m.Until)
}

// nextMember cuts a dictionary behind its first member. A comma in a text is none between members.
func nextMember(header string) (member, rest string) {
	quoted := false
	for i := range len(header) {
		switch {
		case header[i] == '"':
			quoted = !quoted
		case header[i] == ',' && !quoted:
			return strings.Trim(header[:i], " \t"), strings.TrimLeft(header[i+1:], " \t")
		}
	}
	return strings.Trim(header, " \t"), ""
}

func readDate(value string) (time.Time, bool) {
	seconds, err := strconv.ParseInt(strings.TrimPrefix(value, "@"), 10, 64)
	const mostSeconds = 253402300799 // end of the year 9999
	if err != nil || !strings.HasPrefix(value, "@") || seconds < 0 || seconds > mostSeconds {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// readDisplay reads a display string (RFC 9651 3.3.8).
func readDisplay(value string) string {
	inner, begins := strings.CutPrefix(value, `%"`)
	inner, ends := strings.CutSuffix(inner, `"`)
	if !begins || !ends {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] != '%' {
			b.WriteByte(inner[i])
			continue
		}
		if i+2 >= len(inner) {
			return ""
		}
		c, err := strconv.ParseUint(inner[i+1:i+3], 16, 8)
		if err != nil {
			return ""
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return strings.ToValidUTF8(b.String(), "")
}
