package page

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// Visit is one request of a page.
type Visit struct {
	echo.Context
	subject *subject
	lang    string
	signed  account.Signed // zero: nobody
	orgName string         // of the organisation for which they act
	secret  string         // of the session
	refused bool           // a form is shown again
}

func (s *subject) visit(c echo.Context) *Visit {
	v := &Visit{Context: c, subject: s}
	v.lang = v.spoken()
	return v
}

func (v *Visit) kit() *Kit { return v.subject.kit }

// Who is who asks, acting for the organisation that the path names. On a public page it may be nobody.
func (v *Visit) Who() broker.Caller { return v.signed.Who }

// Signed is who is signed in; zero on a public page where nobody is.
func (v *Visit) Signed() account.Signed { return v.signed }

// Secret is that of the session.
func (v *Visit) Secret() string { return v.secret }

// Org is the organisation that the path names.
func (v *Visit) Org() broker.OrgID { return v.signed.Who.Org }

// May reports whether there is a point in showing somebody a form; the service decides.
func (v *Visit) May(right broker.Right) bool { return v.signed.Who.May(right) }

// URL is the address of a page, given its path below the portal.
func (v *Visit) URL(path string) string { return v.kit().base + path }

// Home is the address of the organisation's pages, without a slash at its end.
func (v *Visit) Home() string { return v.URL("/orgs/" + string(v.Org())) }

// Lang is the language of the page: one of Languages.
func (v *Visit) Lang() string { return v.lang }

// T is a text in that language.
func (v *Visit) T(key string, values ...any) string {
	return v.subject.texts.say(v.lang, key, values...)
}

// Now is the wall clock.
func (v *Visit) Now() time.Time { return v.kit().cfg.Now() }

const (
	sessionCookie  = "session"
	languageCookie = "lang"
	noticeCookie   = "notice"
	yearSeconds    = 365 * 24 * 60 * 60
)

// spoken is the language that the visitor chose, or that the browser asks for.
func (v *Visit) spoken() string {
	if chosen := v.Kept(languageCookie); known(chosen) {
		return chosen
	}
	asked, _, err := language.ParseAcceptLanguage(v.Request().Header.Get("Accept-Language"))
	if err != nil || len(asked) == 0 {
		return Languages()[0]
	}
	_, at, _ := language.NewMatcher([]language.Tag{language.German, language.English}).Match(asked...)
	return Languages()[at]
}

func known(lang string) bool { return lang == "de" || lang == "en" }

// SignIn has the browser keep the secret of a session. The one that it had, whoever's it was, ends: nobody would end it any more.
func (v *Visit) SignIn(secret string) error {
	if before := v.Kept(sessionCookie); before != "" {
		if err := v.kit().cfg.Accounts.EndSession(v.Request().Context(), before); err != nil {
			return err
		}
	}
	v.GoOn(secret)
	return nil
}

// GoOn has the browser keep the secret under which its session goes on; that of before is worth nothing any more.
func (v *Visit) GoOn(secret string) { v.Keep(sessionCookie, secret, 0) }

// SignOut has it forget.
func (v *Visit) SignOut() { v.Keep(sessionCookie, "", -1) }

// Speak has the browser keep the language.
func (v *Visit) Speak(lang string) { v.Keep(languageCookie, lang, yearSeconds) }

// Done leads to the page at an address of this portal, on which a text is shown once. Without a text it just leads there.
func (v *Visit) Done(address, notice string, values ...any) error {
	if notice != "" {
		v.Keep(noticeCookie, url.QueryEscape(v.T(notice, values...)), 60)
	}
	return v.Redirect(http.StatusSeeOther, address)
}

// notice is what Done left to be said, once.
func (v *Visit) notice() string {
	text, err := url.QueryUnescape(v.Kept(noticeCookie))
	if err != nil || text == "" {
		return ""
	}
	v.Keep(noticeCookie, "", -1)
	return text
}

// Back is the address to which a visitor wanted to go: one of this portal, or else the one that is given.
func (v *Visit) Back(otherwise string) string {
	back := v.FormValue("back")
	u, err := url.Parse(back)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || strings.ContainsAny(back, "\\\r\n\t") || !strings.HasPrefix(back+"/", v.kit().base+"/") {
		return otherwise
	}
	return back
}

// PageSize is how many rows a table shows at once.
const PageSize = 50

// Page is the part of a list that was asked for.
func (v *Visit) Page() broker.Page {
	offset, err := strconv.Atoi(v.QueryParam("offset"))
	if err != nil || offset < 0 {
		offset = 0
	}
	return broker.Page{Offset: offset, Limit: PageSize}
}

// Pager leads through a list.
type Pager struct {
	From, To, Total int    // Total is 0 if nobody counted
	Previous, Next  string // addresses; "": none
}

// Pager is for a list of so many in all, of which so many are shown on this page.
func (v *Visit) Pager(shown, total int) Pager {
	at := v.Page().Offset
	p := Pager{From: min(at+1, total), To: at + shown, Total: total}
	if at > 0 {
		p.Previous = v.at(max(0, at-PageSize))
	}
	if at+shown < total && shown > 0 {
		p.Next = v.at(at + shown)
	}
	return p
}

// Uncounted is for a list that nobody counted: it only knows that there are more.
func (v *Visit) Uncounted(shown int, more bool) Pager {
	at := v.Page().Offset
	p := v.Pager(shown, at+shown)
	p.Total = 0
	if more {
		p.Next = v.at(at + PageSize)
	}
	return p
}

// at is the address of this page, from another row on.
func (v *Visit) at(offset int) string {
	u := *v.Request().URL
	q := u.Query()
	q.Set("offset", strconv.Itoa(offset))
	return v.kit().outer(u.Path) + "?" + q.Encode()
}

// outer is a path as browsers see it, who may reach this environment by a longer one.
func (k *Kit) outer(path string) string {
	return strings.TrimSuffix(k.base, Root) + path
}
