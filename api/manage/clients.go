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
	all, counted, err := list(c, viewClient, func(p broker.Page) ([]broker.Client, int, error) {
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
	draft := broker.NewClient{Name: in.Name, Kind: broker.ClientKind(in.Kind), Manage: in.Manage}
	for _, g := range in.Grants {
		draft.Grants = append(draft.Grants, broker.Grant(g))
	}
	made, secret, err := s.Clients.Register(c.Request().Context(), auth.Caller(c), draft)
	if err != nil {
		return err
	}
	return created(c, string(made.ID), wire.NewClient{Client: viewClient(made), ClientSecret: secret})
}

// client is GET /orgs/{org}/clients/{client}.
func (s *Service) client(c echo.Context) error {
	found, err := s.ownClient(c)
	return answer(c, http.StatusOK, viewClient, found, err)
}

// ownClient returns the client that the path names, if it belongs to the organisation that the path names: an operator may see others too.
func (s *Service) ownClient(c echo.Context) (broker.Client, error) {
	asked, err := id[broker.ClientID](c, "client")
	if err != nil {
		return broker.Client{}, err
	}
	who := auth.Caller(c)
	found, err := s.Clients.Get(c.Request().Context(), who, asked)
	if err == nil && found.Org != who.Org {
		err = broker.NotFound.New("client-not-found", "there is no client %s in this organisation", asked)
	}
	return found, err
}

// rotateSecret is POST /orgs/{org}/clients/{client}/secret.
func (s *Service) rotateSecret(c echo.Context) error {
	in, err := read[wire.SecretRotation](c)
	if err != nil {
		return err
	}
	overlap, err := overlapOf(in.Overlap)
	if err != nil {
		return err
	}
	found, err := s.ownClient(c)
	if err != nil {
		return err
	}
	changed, secret, err := s.Clients.Rotate(c.Request().Context(), auth.Caller(c), found.ID, overlap)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.NewClient{Client: viewClient(changed), ClientSecret: secret})
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
		found, err := s.ownClient(c)
		if err != nil {
			return err
		}
		found, err = s.Clients.Disable(c.Request().Context(), auth.Caller(c), found.ID, disabled)
		return answer(c, http.StatusOK, viewClient, found, err)
	}
}

func viewClient(c broker.Client) wire.Client {
	view := wire.Client{
		ClientID: string(c.ID), Name: c.Name, Kind: string(c.Kind), Manage: c.Manage, Grants: make([]wire.SendGrant, len(c.Grants)),
		Disabled: c.Disabled, CreatedAt: c.Created.UTC(),
	}
	if len(c.FormerDigest) > 0 {
		until := c.FormerUntil.UTC()
		view.FormerSecretUntil = &until
	}
	for i, g := range c.Grants {
		view.Grants[i] = wire.SendGrant(g)
	}
	return view
}
