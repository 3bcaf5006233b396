package figures

import "time"

// zone is whose days are counted in. A program that lacks time zones says so when it starts.
const zone = "Europe/Berlin"

const (
	hourLayout  = "2006-01-02T15" // UTC
	dayLayout   = time.DateOnly   // in zone
	monthLayout = "2006-01"       // in zone
)

const (
	keepHours  = 14 // days of which the hours are kept
	keepMonths = 36 // months, beside the one that is, of which the days are kept
)

// calendar knows hours, days and months.
type calendar struct{ zone *time.Location }

func hourOf(at time.Time) string               { return at.UTC().Format(hourLayout) }
func (c calendar) dayOf(at time.Time) string   { return at.In(c.zone).Format(dayLayout) }
func (c calendar) monthOf(at time.Time) string { return at.In(c.zone).Format(monthLayout) }

// midnight is when the day began in which at is, days later.
func (c calendar) midnight(at time.Time, days int) time.Time {
	y, m, d := at.In(c.zone).Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, c.zone)
}

// first is when the month began in which at is, months later.
func (c calendar) first(at time.Time, months int) time.Time {
	y, m, _ := at.In(c.zone).Date()
	return time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, c.zone)
}

// hasHours reports whether the hours of a moment are kept, now.
func (c calendar) hasHours(at, now time.Time) bool { return !at.Before(c.midnight(now, -keepHours)) }

// Step is how long the times are of which figures are shown.
type Step string

// The steps.
const (
	Hours  Step = "hour"
	Days   Step = "day"
	Months Step = "month"
)

// begin is when the step began in which at is.
func (c calendar) begin(s Step, at time.Time) time.Time { return c.move(s, at, 0) }

// move is when the step began that is so many steps after the one in which at is.
func (c calendar) move(s Step, at time.Time, by int) time.Time {
	switch s {
	case Hours:
		return at.UTC().Truncate(time.Hour).Add(time.Duration(by) * time.Hour)
	case Days:
		return c.midnight(at, by)
	}
	return c.first(at, by)
}
