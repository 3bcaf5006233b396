package manage

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/keycare"
	"github.com/vierkant/vierkant/crypto/keys"
)

// legalNames is GET /orgs/{org}/legal-names.
func (s *Service) legalNames(c echo.Context) error {
	who := auth.Caller(c)
	names, err := s.Accounts.LegalNames(c.Request().Context(), who, who.Org)
	return answer(c, http.StatusOK, viewLegalNames, names, err)
}

// setLegalNames is PUT /orgs/{org}/legal-names.
func (s *Service) setLegalNames(c echo.Context) error {
	in, err := read[wire.LegalNames](c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	err = s.Accounts.SetLegalNames(c.Request().Context(), who, who.Org, in.Names)
	return answer(c, http.StatusOK, viewLegalNames, in.Names, err)
}

func viewLegalNames(names []string) wire.LegalNames { return wire.LegalNames{Names: whole(names)} }

// destinationKeys is GET /orgs/{org}/keys, with within=DAYS those whose certificates end in so many days.
func (s *Service) destinationKeys(c echo.Context) error {
	within, err := days(c, "within")
	if err != nil {
		return err
	}
	who, more := auth.Caller(c), false
	all, counted, err := list(c, viewKey, func(p broker.Page) (page []keycare.Key, total int, err error) {
		page, more, err = s.Keys.Keys(c.Request().Context(), who, who.Org, within, p)
		return page, 0, err
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ManagedKeys{Count: counted.Count, Offset: counted.Offset, More: more, Keys: all})
}

// maxWithin bounds what may be asked for: no certificate lasts longer.
const maxWithin = 36500

// days reads a parameter of the query that is a number of days; absent is 0.
func days(c echo.Context, name string) (int, error) {
	text := c.QueryParam(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxWithin {
		return 0, broker.Invalid.New("bad-request", "%s must be a number of days from 1 to %d", name, maxWithin)
	}
	return n, nil
}

// keysOfDestination is GET /orgs/{org}/destinations/{destination}/keys.
func (s *Service) keysOfDestination(c echo.Context) error {
	destination, err := id[broker.DestinationID](c, "destination")
	if err != nil {
		return err
	}
	all, counted, err := list(c, viewKey, func(p broker.Page) ([]keycare.Key, int, error) {
		return s.Keys.Of(c.Request().Context(), auth.Caller(c), destination, p)
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.ManagedKeyList{Counted: counted, Keys: all})
}

// addDestinationKey is POST /orgs/{org}/destinations/{destination}/keys.
func (s *Service) addDestinationKey(c echo.Context) error {
	destination, err := id[broker.DestinationID](c, "destination")
	if err != nil {
		return err
	}
	jwk, err := read[json.RawMessage](c)
	if err != nil {
		return err
	}
	return s.addKey(c, destination, jwk)
}

// addCertifiedKey is POST /orgs/{org}/destinations/{destination}/certificates.
func (s *Service) addCertifiedKey(c echo.Context) error {
	destination, err := id[broker.DestinationID](c, "destination")
	if err != nil {
		return err
	}
	in, err := read[wire.CertifiedKey](c)
	if err != nil {
		return err
	}
	jwk, err := broker.ReadKey("certificates", []byte(in.Certificates), keys.Use(in.Use))
	if err != nil {
		return err
	}
	return s.addKey(c, destination, jwk)
}

func (s *Service) addKey(c echo.Context, destination broker.DestinationID, jwk json.RawMessage) error {
	key, err := s.Destinations.AddKey(c.Request().Context(), auth.Caller(c), destination, jwk)
	if err != nil {
		return err
	}
	d, err := s.Destinations.Public(c.Request().Context(), destination)
	if err != nil {
		return err
	}
	return created(c, key.KID, viewKey(keycare.Key{DestinationKey: key, Destination: d, State: key.State(d)}))
}

// activateKey is POST /orgs/{org}/destinations/{destination}/keys/{kid}/activate.
func (s *Service) activateKey(c echo.Context) error {
	destination, err := id[broker.DestinationID](c, "destination")
	if err != nil {
		return err
	}
	in, err := read[wire.KeyActivation](c)
	if err != nil {
		return err
	}
	done, err := s.Destinations.ActivateKey(c.Request().Context(), auth.Caller(c), destination, c.Param("kid"), in.Signature)
	return answer(c, http.StatusOK, viewActivation, done, err)
}

func viewActivation(a broker.Activation) wire.KeyActivated {
	state := string(broker.DestinationKeyCurrent)
	if a.Proposal != "" {
		state = "proposed"
	}
	return wire.KeyActivated{State: state, ProposalID: a.Proposal, Change: wire.KeyChange{
		DestinationID: a.Change.Destination, Use: string(a.Change.Use), KID: a.Change.KID, Thumbprint: a.Change.Thumbprint, After: a.Change.After,
	}}
}

func viewKey(k keycare.Key) wire.ManagedKey {
	needed, why := k.PrivateNeeded()
	return wire.ManagedKey{
		DestinationID: string(k.Destination.ID), Destination: k.Destination.Name, KID: k.KID, Use: useOf(k.Encryption), State: string(k.State), Thumbprint: k.Thumbprint,
		AddedAt: k.Added.UTC(), ExpiresAt: instant(k.Expires), ReplacedAt: instant(k.Replaced), RetiredAt: instant(k.Retired),
		Revocation: viewRevocation(k.Revocation), PrivateKeyNeeded: needed, Why: why,
	}
}

// useOf is what a key is for, as its JWK says.
func useOf(encryption bool) string {
	if encryption {
		return "enc"
	}
	return "sig"
}

func viewRevocation(r broker.Revocation) wire.KeyRevocation {
	status := r.Status
	if status == "" {
		status = "unchecked"
	}
	return wire.KeyRevocation{Status: status, By: r.By, Why: r.Why, RevokedAt: instant(r.Since), CheckedAt: instant(r.Checked), GoodAt: instant(r.Good)}
}
