package page

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/goccy/go-yaml"
	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// refusal is what a page says of an error.
type refusal struct {
	Status  int
	Text    string // the meaning of the problem, in the language of the page
	Remedy  string // what to do
	Exact   string // what the service said, in English; ""
	Request string // by which an operator finds it in the log
}

// Write answers a request of the portal with a page about an error, and says what became of it, for the log. Who is not signed in is led there.
func (k *Kit) Write(c echo.Context, err error) problem.Outcome {
	if broken := k.ready(); broken != nil {
		return k.cfg.Problems.Write(c, broken)
	}
	outcome := problem.Judge(c.Request(), err)
	if c.Response().Committed || outcome.Status == problem.StatusClientGone {
		return outcome
	}
	v := k.kit.visit(c)
	k.secureHeaders(c.Response().Header())
	v.signed = k.stillSigned(v)
	if errors.Is(err, broker.Unauthenticated) {
		if v.signed.Session.ID == "" {
			v.SignOut()
		}
		_ = v.toSignIn() // a client that is gone reads no answer either
		return outcome
	}
	_ = v.show(outcome.Status, "refusal", View{Title: v.T("refusal." + class(outcome)), Data: v.refusalOf(err, outcome)})
	return outcome
}

// stillSigned is who is signed in, so that the page of an error has its frame; organisations are left out.
func (k *Kit) stillSigned(v *Visit) (s account.Signed) {
	if secret := v.Kept(sessionCookie); secret != "" {
		s, _ = k.cfg.Accounts.Signed(v.Request().Context(), secret, "") // the page is about another error
	}
	return s
}

func (v *Visit) refusalOf(err error, outcome problem.Outcome) refusal {
	e, _ := problem.Classify(err)
	r := refusal{Status: outcome.Status, Text: v.meaning(e), Request: v.Response().Header().Get(echo.HeaderXRequestID)}
	if v.own(e) == "" {
		r.Exact, r.Remedy = v.exact(r.Text, e), v.kit().meaning.optional(v.lang, e.Code+".remedy")
	}
	return r
}

// meaning is what an error means, in the language of the page.
func (v *Visit) meaning(e broker.Error) string {
	if own := v.own(e); own != "" {
		return own
	}
	if text := v.kit().meaning.optional(v.lang, e.Code); text != "" {
		return text
	}
	return v.T("refusal.unknown")
}

// own is what the subject, or the kit, says of an error in its own words, which are all that there is to say; "" if it has none.
func (v *Visit) own(e broker.Error) string {
	return v.subject.texts.optional(v.lang, "problem."+e.Code)
}

// exact is what the service said in its own words, where they say more.
func (v *Visit) exact(said string, e broker.Error) string {
	if e.Detail == said || e.Code != "bad-request" && v.own(e) != "" {
		return ""
	}
	return e.Detail
}

// class names the page of an outcome.
func class(o problem.Outcome) string {
	status := o.Status
	switch {
	case o.Code == "maintenance":
		return o.Code
	case status == http.StatusNotFound || status == http.StatusForbidden || status == http.StatusConflict || status == http.StatusTooManyRequests:
		return http.StatusText(status)
	case status >= http.StatusInternalServerError:
		return "fault"
	}
	return "wrong"
}

// readMeanings is what problems mean: in English as the descriptions of the APIs have it, in German out of a file of the kit. What is in one and not in
// the other is an error. Of what the kit says in its own words on every page there is nothing to be said besides.
func readMeanings(own Texts) (Texts, error) {
	raw, err := look.ReadFile(meaningFile)
	if err != nil {
		return nil, err
	}
	var german map[string]struct{ Text, Remedy string }
	if err := yaml.UnmarshalWithOptions(raw, &german, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", meaningFile, err)
	}
	all := Texts{}
	for _, m := range problem.Meanings() {
		if _, said := own["problem."+m.Code]; said {
			continue
		}
		de := german[m.Code]
		all[m.Code], all[m.Code+".remedy"] = words{De: de.Text, En: m.Text}, words{De: de.Remedy, En: m.Remedy}
	}
	for code := range german {
		if _, known := all[code]; !known {
			err = errors.Join(err, fmt.Errorf("%s: %s: no service says so, or the kit has its own words for it", meaningFile, code))
		}
	}
	return all, errors.Join(err, all.check(meaningFile))
}

const meaningFile = "meanings.yaml"
