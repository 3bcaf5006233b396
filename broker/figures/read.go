package figures

import (
	"context"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// Query asks for figures. The zero values of From, To and Step mean the last 24 hours, 30 days or 12 months, up to now, and days.
type Query struct {
	From time.Time // what is in the step of From is the first
	To   time.Time // what is before it is the last
	Step Step
}

// Which says of what of an organisation. At most one of the fields is set; none: all that it receives.
type Which struct {
	Destination broker.DestinationID
	Client      broker.ClientID
	Sent        bool // all that it sends
}

// Series are figures over time.
type Series struct {
	Subject Subject
	Step    Step
	Points  []Point // without gaps, the oldest first
}

// Point is one step.
type Point struct {
	From, To time.Time
	Counts
}

// Sum is all that happened in a series.
func (s Series) Sum() (sum Counts) {
	for _, p := range s.Points {
		sum = sum.add(p.Counts)
	}
	return sum
}

// Of returns figures of an organisation, to its members.
func (f *Figures) Of(ctx context.Context, who broker.Caller, org broker.OrgID, which Which, q Query) (Series, error) {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return Series{}, err
	}
	var subject Subject
	return f.series(ctx, q, func(tx broker.Tx) (_ Subject, err error) {
		subject, err = which.subject(tx, org)
		return subject, err
	})
}

// All returns figures of the installation, to its operators.
func (f *Figures) All(ctx context.Context, who broker.Caller, q Query) (Series, error) {
	if err := who.RequireOperator(); err != nil {
		return Series{}, err
	}
	return f.series(ctx, q, func(broker.Tx) (Subject, error) { return Installation, nil })
}

// subject is what is asked for. What is another organisation's there is not.
func (w Which) subject(tx broker.Tx, org broker.OrgID) (Subject, error) {
	switch {
	case w.Destination != "" && w.Client != "" || w.Sent && (w.Destination != "" || w.Client != ""):
		return "", broker.Invalid.New("bad-request", "ask for a destination, for a client, or for one side, not for several of them")
	case w.Destination != "":
		d, err := tx.Destination(w.Destination)
		if err == nil && d.Org != org {
			err = broker.ErrNoRow
		}
		return At(w.Destination), broker.OrNotFound(err, "destination-not-found", "the organisation has no destination %s", w.Destination)
	case w.Client != "":
		c, err := tx.Client(w.Client)
		if err == nil && c.Org != org {
			err = broker.ErrNoRow
		}
		return By(w.Client), broker.OrNotFound(err, "client-not-found", "the organisation has no client %s", w.Client)
	case w.Sent:
		return Sent(org), nil
	}
	return Received(org), nil
}

// series reads the sheets of the time that is asked for.
func (f *Figures) series(ctx context.Context, q Query, of func(broker.Tx) (Subject, error)) (s Series, err error) {
	now := f.Now()
	if q, err = f.calendar.complete(q, now); err != nil {
		return Series{}, err
	}
	err = f.Store.View(ctx, func(tx broker.Tx) (err error) {
		s = Series{Step: q.Step}
		if s.Subject, err = of(tx); err != nil {
			return err
		}
		found, err := f.calendar.lines(tx, s.Subject, q, now)
		s.Points = f.calendar.points(q, found)
		return err
	})
	return s, err
}

// defaults say how many steps are shown if nobody says, and how many at most.
func defaults(s Step) (shown, most int, known bool) {
	switch s {
	case Hours:
		return 24, (keepHours + 1) * 25, true
	case Days:
		return 30, (keepMonths + 1) * 31, true
	case Months:
		return 12, keepMonths + 1, true
	}
	return 0, 0, false
}

// complete fills in what was not asked, and takes From and To to bounds of steps.
func (c calendar) complete(q Query, now time.Time) (Query, error) {
	if q.Step == "" {
		q.Step = Days
	}
	shown, most, known := defaults(q.Step)
	if !known {
		return q, broker.Invalid.New("bad-request", "step must be hour, day or month")
	}
	if q.To.IsZero() {
		q.To = now
	}
	if begun := c.begin(q.Step, q.To); begun.Before(q.To) {
		q.To = c.move(q.Step, q.To, 1)
	}
	if q.From.IsZero() {
		q.From = c.move(q.Step, q.To, -shown)
	}
	q.From = c.begin(q.Step, q.From)
	return q, c.check(q, most, now)
}

// check refuses times that make no sense, or of which nothing is kept.
func (c calendar) check(q Query, most int, now time.Time) error {
	switch {
	case !q.From.Before(q.To):
		return broker.Invalid.New("bad-request", "from must be before to")
	case c.move(q.Step, q.From, most).Before(q.To):
		return broker.Invalid.New("bad-request", "from and to are too far apart: there are at most %d of step %s", most, q.Step)
	case q.Step == Hours && !c.hasHours(q.From, now):
		return broker.Invalid.New("bad-request", "hours are kept for %d days: ask for a later from, or for step %s", keepHours, Days)
	}
	return nil
}

// lines reads what there is of a subject: hours, or days, of which those that have hours are added up.
func (c calendar) lines(tx broker.Tx, of Subject, q Query, now time.Time) (lines, error) {
	found := lines{}
	first := c.midnight(q.From, 0)
	if oldest := c.midnight(now, -keepHours-slack); first.Before(oldest) {
		first = oldest
	}
	for day := first; day.Before(q.To) && !day.After(now.Add(ahead)); day = c.midnight(day, 1) {
		sheet, err := readSheet(tx, sheetName{hourSheets, c.dayOf(day), of})
		if err != nil {
			return nil, err
		}
		for hour, counts := range sheet {
			line := hour
			if q.Step != Hours {
				line = c.dayOf(day)
			}
			found[line] = found[line].add(counts)
		}
	}
	if q.Step == Hours {
		return found, nil
	}
	return found, c.addDays(tx, of, q, found)
}

// addDays adds the days that are kept in sheets of months.
func (c calendar) addDays(tx broker.Tx, of Subject, q Query, found lines) error {
	for month := c.first(q.From, 0); month.Before(q.To); month = c.first(month, 1) {
		sheet, err := readSheet(tx, sheetName{daySheets, c.monthOf(month), of})
		if err != nil {
			return err
		}
		for day, counts := range sheet {
			found[day] = found[day].add(counts)
		}
	}
	return nil
}

// points lays lines out in time.
func (c calendar) points(q Query, found lines) (all []Point) {
	for from := q.From; from.Before(q.To); {
		to := c.move(q.Step, from, 1)
		p := Point{From: from, To: to}
		switch q.Step {
		case Hours:
			p.Counts = found[hourOf(from)]
		default:
			for day := from; day.Before(to); day = c.midnight(day, 1) {
				p.Counts = p.Counts.add(found[c.dayOf(day)])
			}
		}
		all = append(all, p)
		from = to
	}
	return all
}
