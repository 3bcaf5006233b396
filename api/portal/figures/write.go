package figures

import (
	"strconv"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/vierkant/vierkant/api/portal/page"
	counting "github.com/vierkant/vierkant/broker/figures"
)

// none stands where there is no figure.
const none = "–"

// writer writes figures in the language of a page.
type writer struct {
	*page.Visit
	zone *time.Location
}

func (s service) writer(v *page.Visit) writer { return writer{v, s.Figures.Zone()} }

func (w writer) count(n int) string { return message.NewPrinter(language.Make(w.Lang())).Sprint(n) }

// decimal writes a number with at most one digit behind the point.
func (w writer) decimal(f float64) string {
	return message.NewPrinter(language.Make(w.Lang())).Sprint(number.Decimal(f, number.MaxFractionDigits(1)))
}

// share is a part of a whole, in per cent.
func (w writer) share(part, whole int) string {
	if whole == 0 {
		return none
	}
	return w.decimal(100*float64(part)/float64(whole)) + " %"
}

// bytes writes a size in the largest unit of which there is one.
func (w writer) bytes(size float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	at := 0
	for size >= 1024 && at < len(units)-1 {
		size, at = size/1024, at+1
	}
	return w.decimal(size) + " " + units[at]
}

// quantile writes the time that a share did not exceed.
func (w writer) quantile(h counting.Histogram, share float64) string {
	bound, over, some := h.Quantile(share)
	switch {
	case !some:
		return none
	case over:
		return w.T("time.over", w.span(bound))
	}
	return w.T("time.within", w.span(bound))
}

// span writes how long something takes or took, in the largest unit of which there is one.
func (w writer) span(d time.Duration) string {
	unit, name := time.Minute, "minute"
	switch {
	case d < time.Minute:
		return w.T("span.short")
	case d >= 24*time.Hour:
		unit, name = 24*time.Hour, "day"
	case d >= time.Hour:
		unit, name = time.Hour, "hour"
	}
	if n := int(d / unit); n > 1 {
		return w.T("span."+name+"s", n)
	}
	return w.T("span." + name)
}

// label names a step in full.
func (w writer) label(p counting.Point, s counting.Step) string {
	from := p.From.In(w.zone)
	switch s {
	case counting.Hours:
		return w.day(from) + from.Format(", 15:04 MST")
	case counting.Days:
		return w.day(from)
	}
	return w.T("month."+strconv.Itoa(int(from.Month()))) + from.Format(" 2006")
}

func (w writer) day(t time.Time) string {
	if w.Lang() == "en" {
		return t.Format("2 Jan 2006")
	}
	return t.Format("02.01.2006")
}

// tick names a step below a chart.
func (w writer) tick(p counting.Point, s counting.Step) string {
	from := p.From.In(w.zone)
	switch {
	case s == counting.Hours:
		return from.Format("15:04")
	case s == counting.Months:
		return from.Format("01/06")
	case w.Lang() == "en":
		return from.Format("2 Jan")
	}
	return from.Format("02.01.")
}
