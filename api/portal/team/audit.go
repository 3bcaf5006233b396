package team

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// nouns are what deeds are about, as they can be chosen.
func nouns() []string {
	return []string{
		"member", "invitation", "organisation", "client", "destination", "callback", "routes", "grant", "consent", "proposal", "template", "adoption", "golive",
		"mail-language", "address", "person", "identity", "session", "token", "platform-operator", "maintenance", "broker-key",
	}
}

// line is a deed, and who did it.
type line struct {
	broker.Deed
	Name string // of who did it; "" if it is not known here
}

// log is the part of a log that a page shows, and what was asked for.
type log struct {
	Lines       []line
	Noun        string
	From, Until string // days
	Wrong       string
	Nouns       []string
	Older, File string // addresses; "": none
	All         bool   // logs of all organisations
}

// audit shows the log of an organisation, or, to operators of the platform, of all.
func (s service) audit(v *page.Visit) error {
	q, wrong := asked(v)
	shown := log{
		Noun: q.Noun, From: v.QueryParam("from"), Until: v.QueryParam("until"), Nouns: nouns(), Wrong: wrong, All: v.Org() == "",
		File: here(v) + ".csv?" + query(v, 0).Encode(),
	}
	if wrong == "" {
		part, err := s.Accounts.SearchLog(ctx(v), v.Who(), v.Org(), q)
		if err != nil {
			return err
		}
		if part.Next > 0 {
			shown.Older = here(v) + "?" + query(v, part.Next).Encode()
		}
		if shown.Lines, err = s.told(v, part.Deeds); err != nil {
			return err
		}
	}
	return v.Show("audit", page.View{Title: v.T("audit.title"), Wide: true, Data: shown})
}

// here is the address of the log.
func here(v *page.Visit) string {
	if v.Org() == "" {
		return v.URL("/platform/audit")
	}
	return v.Home() + "/audit"
}

// query is what was asked for, from another place in the log on.
func query(v *page.Visit, before int) url.Values {
	q := url.Values{}
	for _, name := range []string{"noun", "from", "until"} {
		if value := v.QueryParam(name); value != "" {
			q.Set(name, value)
		}
	}
	if before > 0 {
		q.Set("before", strconv.Itoa(before))
	}
	return q
}

// asked reads what part of the log is wanted; wrong says what is the matter with it.
func asked(v *page.Visit) (q account.LogQuery, wrong string) {
	q = account.LogQuery{Noun: v.QueryParam("noun"), Limit: page.PageSize}
	if before, err := strconv.Atoi(v.QueryParam("before")); err == nil && before > 0 {
		q.Before = before
	}
	for _, day := range []struct {
		name string
		into *time.Time
		days int
	}{{"from", &q.From, 0}, {"until", &q.Until, 1}} {
		at, err := dayOf(v.QueryParam(day.name))
		if err != nil {
			return q, v.T("audit.day")
		}
		if !at.IsZero() {
			*day.into = at.AddDate(0, 0, day.days) // the last day too
		}
	}
	if !q.From.IsZero() && !q.Until.IsZero() && !q.From.Before(q.Until) {
		return q, v.T("audit.order")
	}
	if strings.Trim(q.Noun, "abcdefghijklmnopqrstuvwxyz-") != "" || len(q.Noun) > 40 {
		return q, v.T("audit.unknown")
	}
	return q, ""
}

// dayOf reads a day as those mean it who live here; the zero time if there is none.
func dayOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	place, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return time.Time{}, err
	}
	return time.ParseInLocation(time.DateOnly, text, place)
}

// told finds the names of those who did something.
func (s service) told(v *page.Visit, deeds []broker.Deed) ([]line, error) {
	names, err := s.names(v, deeds)
	all := make([]line, len(deeds))
	for i, d := range deeds {
		all[i] = line{Deed: d, Name: names[d.Who]}
	}
	return all, err
}

const personPrefix = "person "

// names are those of the people who did something, as far as the visitor may know them: of colleagues, or for operators of all.
func (s service) names(v *page.Visit, deeds []broker.Deed) (map[string]string, error) {
	names := map[string]string{}
	for _, d := range deeds {
		person, is := strings.CutPrefix(d.Who, personPrefix)
		if _, known := names[d.Who]; !is || known {
			continue
		}
		name, err := s.nameOf(v, broker.PersonID(person))
		if err != nil {
			return nil, err
		}
		names[d.Who] = name
	}
	return names, nil
}

func (s service) nameOf(v *page.Visit, person broker.PersonID) (string, error) {
	if v.Signed().Person.Platform {
		p, err := s.Accounts.Person(ctx(v), v.Who(), person)
		return p.Name, unlessGone(err)
	}
	m, err := s.Accounts.Member(ctx(v), v.Who(), v.Org(), person)
	return m.Name, unlessGone(err)
}
