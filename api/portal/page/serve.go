package page

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/broker"
)

// serve is the handler of a route: who it is, whether they may come here, whether the form was sent before; then the page.
func (s *subject) serve(r Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.kit.ready(); err != nil {
			return err
		}
		v := s.visit(c)
		s.kit.secureHeaders(c.Response().Header())
		if err := s.kit.origin.Check(c.Request()); err != nil {
			return errForeign()
		}
		if err := v.identify(r); err != nil {
			return err
		}
		if err := v.allowed(r); err != nil {
			return err
		}
		if r.Proof {
			if ok, err := v.Proved(); !ok {
				return err
			}
		}
		return v.once(r.Handle)
	}
}

func errForeign() error {
	return broker.Forbidden.New("cross-site", "this was sent by a page of another site, so nothing was done")
}

// identify finds out who it is and for which organisation they act. On public pages nobody need be known.
func (v *Visit) identify(r Route) error {
	secret := v.Kept(sessionCookie)
	if secret == "" {
		return v.unknown(r, broker.Caller{}.Require())
	}
	org := broker.OrgID("")
	if named := v.Param(auth.OrgParameter); slices.Contains(v.ParamNames(), auth.OrgParameter) {
		var err error
		if org, err = broker.ParseID[broker.OrgID](named); err != nil {
			return err
		}
	}
	signed, err := v.kit().cfg.Accounts.Signed(v.Request().Context(), secret, org)
	if err != nil {
		return v.unknown(r, err)
	}
	v.signed, v.secret = signed, secret
	auth.Set(v.Context, signed.Who)
	return v.nameOrg()
}

// nameOrg finds the name of the organisation. Operators of the platform may act for one to which they do not belong.
func (v *Visit) nameOrg() error {
	for _, o := range v.signed.Orgs {
		if o.ID == v.Org() {
			v.orgName = o.Name
			return nil
		}
	}
	if v.Org() == "" {
		return nil
	}
	o, err := v.kit().cfg.Accounts.Org(v.Request().Context(), v.Who(), v.Org())
	v.orgName = o.Name
	return err
}

// unknown lets nobody see public pages only.
func (v *Visit) unknown(r Route, err error) error {
	if r.Access == Public && errors.Is(err, broker.Unauthenticated) {
		return nil
	}
	return err
}

func (v *Visit) allowed(r Route) error {
	if r.Access == Platform {
		return v.Who().RequireOperator()
	}
	return nil
}

// once runs the handler of a form that was not sent before. If it did nothing, the form may be sent again.
func (v *Visit) once(handle func(*Visit) error) error {
	form := ""
	if v.Request().Method != http.MethodGet && v.signed.Session.ID != "" && v.isForm() {
		form = v.FormValue(onceField)
	}
	if form == "" {
		return handle(v)
	}
	ctx, accounts := v.Request().Context(), v.kit().cfg.Accounts
	if err := accounts.Once(ctx, v.signed.Session.ID, form); err != nil {
		return err
	}
	err := handle(v)
	if err != nil || v.refused {
		if again := accounts.Again(ctx, v.signed.Session.ID, form); err == nil {
			err = again
		}
	}
	return err
}

func (v *Visit) isForm() bool {
	t := v.Request().Header.Get("Content-Type")
	return strings.HasPrefix(t, "application/x-www-form-urlencoded") || strings.HasPrefix(t, "multipart/form-data")
}

// secureHeaders lets a page have what lies in this portal and nothing else. Icons of the design system are images within its style sheet.
func (k *Kit) secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "+
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self), clipboard-write=(self)")
	h.Set("Referrer-Policy", "same-origin")
}

// toSignIn leads somebody who is not signed in there, and back afterwards: from a page of the way in to where that would have led, since
// itself it is not to be opened without the step before it.
func (v *Visit) toSignIn() error {
	back := ""
	switch r := v.Request(); {
	case strings.HasPrefix(r.URL.Path, Root+SignInPath+"/"):
		back = v.Back("")
	case r.Method == http.MethodGet:
		back = v.kit().outer(r.URL.RequestURI())
	}
	return v.Stay(SignInPath, back)
}
