package destination

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// ListV2 is GET /v2/destinations.
func (s *Service) ListV2(c echo.Context) error {
	all, counted, err := s.list(c)
	if err != nil {
		return err
	}
	list := wire.DestinationListV2{Counted: counted, Destinations: make([]wire.DestinationV2, len(all))}
	for i, d := range all {
		list.Destinations[i] = viewV2(d, d.PrivateTo(auth.Caller(c)))
	}
	return c.JSON(http.StatusOK, list)
}

// GetV2 is GET /v2/destinations/{id}.
func (s *Service) GetV2(c echo.Context) error {
	d, private, err := s.get(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, viewV2(d, private))
}

// PublicV2 is GET /v2/destinations/{id} of the Submission API, for anybody: without the name, which its contract does not have.
func (s *Service) PublicV2(c echo.Context) error {
	id, err := broker.ParseID[broker.DestinationID](c.Param("id"))
	if err != nil {
		return err
	}
	d, err := s.destinations.Public(c.Request().Context(), id)
	if err != nil {
		return err
	}
	d.Name = ""
	noCache(c)
	return c.JSON(http.StatusOK, viewV2(d, false))
}

// Keys is GET /destinations/{id}/keys: the encryption key in use first, since some clients take the first.
func (s *Service) Keys(c echo.Context) error {
	id, err := broker.ParseID[broker.DestinationID](c.Param("id"))
	if err != nil {
		return err
	}
	all, err := s.destinations.Keys(c.Request().Context(), auth.Caller(c), id)
	if err != nil {
		return err
	}
	set := wire.JWKS{Keys: make([]wire.JWK, len(all))}
	for i, key := range all {
		if set.Keys[i], err = jwkOf(key); err != nil {
			return err
		}
	}
	noCache(c)
	return c.JSON(http.StatusOK, set)
}

// Key is GET /destinations/{id}/keys/{kid}.
func (s *Service) Key(c echo.Context) error {
	id, err := broker.ParseID[broker.DestinationID](c.Param("id"))
	if err != nil {
		return err
	}
	key, err := s.destinations.Key(c.Request().Context(), id, c.Param("kid"))
	if err != nil {
		return err
	}
	noCache(c)
	return answerKey(c, http.StatusOK, key)
}

func answerKey(c echo.Context, status int, key broker.DestinationKey) error {
	jwk, err := jwkOf(key)
	if err != nil {
		return err
	}
	return c.JSON(status, jwk)
}

// jwkOf is a stored key as it is delivered, with its use named (FIT-Connect contract 6.1).
func jwkOf(key broker.DestinationKey) (jwk wire.JWK, err error) {
	err = json.Unmarshal(key.JWK, &jwk)
	jwk.Use = "sig"
	if key.Encryption {
		jwk.Use = "enc"
	}
	return jwk, err
}

// noCache is for keys and destinations: a sender checks them before every submission (FIT-Connect contract 1.5).
func noCache(c echo.Context) { c.Response().Header().Set("Cache-Control", "no-cache") }

func (s *Service) list(c echo.Context) ([]broker.Destination, wire.Counted, error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, wire.Counted{}, err
	}
	page, err := q.Page()
	if err != nil {
		return nil, wire.Counted{}, err
	}
	all, total, err := s.destinations.List(c.Request().Context(), auth.Caller(c), broker.Page(page))
	return all, wire.Counted{Count: len(all), Offset: page.Offset, TotalCount: total}, err
}

func (s *Service) get(c echo.Context) (d broker.Destination, private bool, err error) {
	id, err := broker.ParseID[broker.DestinationID](c.Param("id"))
	if err != nil {
		return d, false, err
	}
	noCache(c)
	return s.destinations.Get(c.Request().Context(), auth.Caller(c), id)
}
