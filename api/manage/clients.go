package manage

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// clients is GET /orgs/{org}/clients.
func (s *Service) clients(c echo.Context) error {
	all, counted, err := list(c, viewClient, func(p broker.Page) ([]broker.KnownClient, int, error) {
		return s.Clients.List(c.Request().Context(), auth.Caller(c), p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ClientList{Counted: counted, Clients: all})
}

// addClient is POST /orgs/{org}/clients.
func (s *Service) addClient(c echo.Context) error {
	in, err := read[wire.ClientDraft](c)
	if err != nil {
		return err
	}
	draft := broker.NewClient{
		Name: in.Name, Kind: broker.ClientKind(in.Kind), Manage: in.Manage, Grants: grantsOf(in.Grants), SecretUntil: in.SecretUntil,
	}
	made, secret, err := s.Clients.Register(c.Request().Context(), auth.Caller(c), draft)
	if err != nil {
		return err
	}
	return created(c, string(made.ID), wire.NewClient{Client: viewClient(broker.KnownClient{Client: made}), ClientSecret: secret})
}

func grantsOf(in []wire.SendGrant) (all []broker.Grant) {
	for _, g := range in {
		all = append(all, broker.Grant(g))
	}
	return all
}

// client is GET /orgs/{org}/clients/{client}.
func (s *Service) client(c echo.Context) error {
	asked, err := id[broker.ClientID](c, "client")
	if err != nil {
		return err
	}
	found, err := s.Clients.Get(c.Request().Context(), auth.Caller(c), asked)
	return answer(c, http.StatusOK, viewClient, found, err)
}

// changeClient is PATCH /orgs/{org}/clients/{client}.
func (s *Service) changeClient(c echo.Context) error {
	asked, err := id[broker.ClientID](c, "client")
	if err != nil {
		return err
	}
	in, err := read[wire.ClientChange](c)
	if err != nil {
		return err
	}
	to := broker.ClientChange{Name: in.Name, Manage: in.Manage}
	if in.Grants != nil {
		grants := grantsOf(*in.Grants)
		to.Grants = &grants
	}
	changed, err := s.Clients.Change(c.Request().Context(), auth.Caller(c), asked, to)
	return answer(c, http.StatusOK, viewClient, changed, err)
}

// rotateSecret is POST /orgs/{org}/clients/{client}/secret.
func (s *Service) rotateSecret(c echo.Context) error {
	asked, err := id[broker.ClientID](c, "client")
	if err != nil {
		return err
	}
	in, err := read[wire.SecretRotation](c)
	if err != nil {
		return err
	}
	overlap, err := overlapOf(in.Overlap)
	if err != nil {
		return err
	}
	changed, secret, err := s.Clients.Rotate(c.Request().Context(), auth.Caller(c), asked, broker.Rotation{Overlap: overlap, Until: in.SecretUntil})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.NewClient{Client: viewClient(changed), ClientSecret: secret})
}

// endFormerSecret is DELETE /orgs/{org}/clients/{client}/former-secret.
func (s *Service) endFormerSecret(c echo.Context) error {
	asked, err := id[broker.ClientID](c, "client")
	if err != nil {
		return err
	}
	if _, err := s.Clients.EndFormer(c.Request().Context(), auth.Caller(c), asked); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// overlapOf reads for how long the secret before is good.
func overlapOf(seconds int) (time.Duration, error) {
	if seconds < 0 || seconds > int(broker.MaxOverlap/time.Second) {
		return 0, &wire.Error{Member: "overlap", Want: "must be 0 to 2592000 seconds, which are 30 days"}
	}
	return time.Duration(seconds) * time.Second, nil
}

// disableClient is POST /orgs/{org}/clients/{client}/disable and /enable.
func (s *Service) disableClient(disabled bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		asked, err := id[broker.ClientID](c, "client")
		if err != nil {
			return err
		}
		found, err := s.Clients.Disable(c.Request().Context(), auth.Caller(c), asked, disabled)
		return answer(c, http.StatusOK, viewClient, found, err)
	}
}

func viewClient(c broker.KnownClient) wire.Client {
	view := wire.Client{
		ClientID: string(c.ID), Name: c.Name, Kind: string(c.Kind), Manage: c.Manage, Grants: make([]wire.SendGrant, len(c.Grants)),
		Disabled: c.Disabled, CreatedAt: c.Created.UTC(), SecretUntil: instant(c.SecretUntil),
		LastUsed: instant(c.Use.Last), FormerSecretUsed: instant(c.Use.Former),
	}
	if len(c.FormerDigest) > 0 {
		view.FormerSecretUntil = instant(c.FormerUntil)
	}
	for i, g := range c.Grants {
		view.Grants[i] = wire.SendGrant(g)
	}
	return view
}
