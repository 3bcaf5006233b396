package identity

import (
	"embed"
	"errors"
	"net/url"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/oidc"
)

//go:embed pages texts.yaml
var files embed.FS

// Config is what the pages need; what may be left out says so.
type Config struct {
	Accounts *account.Accounts
	OIDC     *oidc.Service

	// Second leads somebody, who was seen to one factor, to where the other is proved or enrolled. Nil: only providers that see to both let anybody in.
	Second func(v *page.Visit, person broker.PersonID, back string) error
}

type service struct{ Config }

// New returns the subject.
func New(cfg Config) (page.Subject, error) {
	if cfg.Accounts == nil || cfg.OIDC == nil {
		return page.Subject{}, errors.New("identity: config lacks Accounts or OIDC")
	}
	s := service{cfg}
	return page.Subject{Name: "identity", Files: files, Routes: []page.Route{
		page.Get("/identities", s.list),
		page.Post("/identities/:identity/unlink", s.unlink).Fresh(),
		page.Post("/identities/link/:provider", s.link).Fresh(),
		page.Post("/oidc/:provider", s.begin).For(page.Public).Always(),
		page.Get("/oidc/:provider/return", s.finish).For(page.Public),
	}}, nil
}

// flowCookie is what the browser keeps while somebody is at the provider.
const flowCookie = "oidc"

// begin is where the button of a provider leads on the page for signing in.
func (s service) begin(v *page.Visit) error {
	return s.leave(v, oidc.Purpose{Back: v.Back(""), Invitation: v.FormValue("invitation")})
}

// link is the same to have an account there let in whoever is signed in.
func (s service) link(v *page.Visit) error { return s.leave(v, oidc.Purpose{Person: v.Who().Person}) }

func (s service) leave(v *page.Visit, purpose oidc.Purpose) error {
	shown, known := s.OIDC.Known(v.Param("provider"))
	if !known {
		return broker.NotFound.New("provider-not-found", "there is no such provider here: choose one on the page for signing in")
	}
	address, keep, err := s.OIDC.Begin(v.Request().Context(), shown.Name, purpose)
	if err != nil {
		return err
	}
	v.Keep(flowCookie, keep, int(oidc.FlowLife.Seconds()))
	host := address
	if u, err := url.Parse(address); err == nil {
		host = u.Host
	}
	return v.Show("leave", page.View{Title: v.T("leave.title", shown.Label), Data: struct{ Label, Host, Address string }{shown.Label, host, address}})
}

// finish is where the provider leads back to.
func (s service) finish(v *page.Visit) error {
	keep := v.Kept(flowCookie)
	v.Keep(flowCookie, "", -1)
	r, err := s.OIDC.Finish(v.Request().Context(), v.Param("provider"), keep, v.QueryParams(), v.Who())
	if err != nil {
		return err
	}
	if r.Purpose.Person != "" {
		return v.Done(v.URL("/identities"), "identities.linked")
	}
	return s.enter(v, r)
}

// enter signs somebody in whom a provider knows.
func (s service) enter(v *page.Visit, r oidc.Result) error {
	back := r.Purpose.Back
	if back == "" {
		back = v.URL(page.HomePath)
	}
	if r.Purpose.Invitation != "" && !r.Linked {
		back = v.URL("/invitation") + "?" + url.Values{"code": {r.Purpose.Invitation}}.Encode()
	}
	if r.Strong {
		_, secret, err := s.Accounts.StartSession(v.Request().Context(), r.Person, account.NewSession{Agent: v.Request().UserAgent(), Means: []account.Means{account.ByOIDC}})
		if err != nil {
			return err
		}
		if err := v.SignIn(secret); err != nil {
			return err
		}
		return v.Done(back, "")
	}
	if s.Second == nil {
		return broker.Forbidden.New("second-factor-missing", "the provider did not say that it saw to two factors, and there is no other one here: sign in another way")
	}
	return s.Second(v, r.Person, back)
}

// list shows the linked accounts of whoever is signed in.
func (s service) list(v *page.Visit) error {
	me := v.Who()
	all, err := s.Accounts.Identities(v.Request().Context(), me, me.Person)
	if err != nil {
		return err
	}
	return v.Show("identities", page.View{Title: v.T("identities.title"), Data: struct {
		Identities []account.Identity
		Providers  []oidc.Shown
	}{all, s.OIDC.Providers()}})
}

// unlink has an account let nobody in any more.
func (s service) unlink(v *page.Visit) error {
	id, err := broker.ParseID[account.IdentityID](v.Param("identity"))
	if err != nil {
		return err
	}
	if err := s.Accounts.Unlink(v.Request().Context(), v.Who(), v.Who().Person, id); err != nil {
		return err
	}
	return v.Done(v.URL("/identities"), "identities.unlinked")
}
