// Package routesheet reads and writes routes as a table, a line for each service in each region, as offices keep them in their spreadsheets. What routes tell
// people does not fit into a table: it is left out, and whoever reads one keeps what there is.
package routesheet

import (
	"fmt"
	"strings"
	"time"

	"github.com/vierkant/vierkant/routing"
)

// URN is that of a service that is named by its key or by the URN.
func URN(service string) string {
	if key, err := routing.ParseKey(service); err == nil {
		return key.URN()
	}
	return service
}

// Region is that of an ARS, with or without DE.
func Region(text string) string {
	if text == "" || strings.HasPrefix(text, "DE") {
		return text
	}
	return "DE" + text
}

// TimeFormat is how times are written.
const TimeFormat = time.RFC3339

const zone = "Europe/Berlin" // in which a date begins

// ParseTime reads a time, or a date, which is its beginning in Germany.
func ParseTime(text string) (time.Time, error) {
	if at, err := time.Parse(TimeFormat, text); err == nil {
		return at, nil
	}
	germany, err := time.LoadLocation(zone)
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.ParseInLocation(time.DateOnly, text, germany)
	if err != nil {
		return at, fmt.Errorf("%q is neither a date like 2027-01-01 nor a time like 2027-01-01T08:00:00+01:00", text)
	}
	return at, nil
}

// Edge writes where a time in force begins or ends, as ParseTime reads it; "" if it is open.
func Edge(t time.Time) string {
	germany, err := time.LoadLocation(zone)
	if t.IsZero() || err != nil {
		return ""
	}
	if t = t.In(germany); t.Equal(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, germany)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(TimeFormat)
}
