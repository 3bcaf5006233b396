package page

import (
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// What a browser keeps, and where signing in leads.

// ProvePath is where somebody who is signed in proves anew who it is.
const ProvePath = "/prove"

// Keep has the browser keep something for this environment that scripts cannot read. seconds 0 is until it is closed, below 0 it forgets.
func (v *Visit) Keep(name, value string, seconds int) {
	v.SetCookie(&http.Cookie{
		Name: v.kit().ownCookie(name), Value: value, Path: "/", MaxAge: seconds, Secure: v.kit().secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Kept is what Keep had the browser keep; "" is nothing.
func (v *Visit) Kept(name string) string {
	c, err := v.Cookie(v.kit().ownCookie(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// ownCookie is bound to this host by its name where https is spoken. Environments on one host differ by their ports, which cookies do not know.
func (k *Kit) ownCookie(name string) string {
	if k.secure {
		return "__Host-" + name
	}
	return name + "-" + k.cfg.Environment
}

// fillingIn is how long a proof is good at least when a form is shown that takes one, so that what is typed is not lost.
const fillingIn = 3 * time.Minute

// Proved reports whether it was proved just now who it is, as what is sensitive takes (see Route.Fresh). If not it has led the visitor to do so, and from
// there back.
func (v *Visit) Proved() (bool, error) {
	if v.signed.Session.ID == "" {
		return false, broker.Caller{}.Require()
	}
	until := v.Now()
	if v.Request().Method == http.MethodGet {
		until = until.Add(fillingIn)
	}
	if v.signed.Session.Fresh(until) {
		return true, nil
	}
	return false, v.Stay(ProvePath, v.origin())
}

// origin is where the visitor is: at this page, or at the one from which a form was sent, which the browser tells.
func (v *Visit) origin() string {
	here := v.kit().outer(v.Request().URL.Path)
	if v.Request().Method == http.MethodGet {
		return here
	}
	if from, err := url.Parse(v.Request().Referer()); err == nil && from.Path != "" {
		return from.RequestURI()
	}
	return here
}

// Stay leads on to another page of the way in, which knows to which address of the portal the visitor wanted to go; "" is nowhere.
func (v *Visit) Stay(path, back string) error {
	to := v.URL(path)
	if back != "" {
		to += "?" + url.Values{"back": {back}}.Encode()
	}
	return v.Redirect(http.StatusSeeOther, to)
}

// From is the network from which the visitor comes, and what of it may be shown.
func (v *Visit) From() (network netip.Addr, shown string) {
	network = v.kit().cfg.Proxies.Caller(v.Request())
	bits := 24
	if network.Is6() {
		bits = 48
	}
	prefix, err := network.Prefix(bits)
	if err != nil {
		return network, ""
	}
	return network, prefix.String()
}
