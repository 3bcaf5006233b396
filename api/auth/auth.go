// Package auth turns the bearer token of a request into a broker.Caller.
//
// A route is public or protected; the table of routes says which. A public route does not look at tokens at all, so a bad one cannot hurt it. A
// protected one refuses a request without a good token, or without the scope that its body needs, before anything of that body is read: nobody
// unknown can make the broker parse or store (FIT-Connect contract 16: first who asks, then what). That the table names scopes too takes
// nothing from the services: they check scopes and belonging themselves, whoever calls them.
//
// Management routes know people too, by tokens of their own (package account). On all others such a token is as good as none.
//
// The client's record is read on every request, after the token held: a disabled client is out at once, and a scope that was
// withdrawn is gone although older tokens still name it.
package auth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/crypto/token"
)

// maxHeader bounds the Authorization header, a little above the longest token of the token service.
const maxHeader = 17 << 10

// Guard protects routes. All fields are required.
type Guard struct {
	Verify  func(raw string) (token.Claims, error)
	Clients *broker.Clients

	// Accounts knows people, by tokens of their own.
	Accounts *account.Accounts

	// Admit may refuse the client or person whose token held: a client before the store is asked about it, so that whoever asks too often
	// costs little.
	Admit func(c echo.Context, who string) error
}

// OrgParameter is the parameter of a path that names the organisation for which a request acts.
const OrgParameter = "org"

// callerKey is where a request keeps who asks.
const callerKey = "caller"

// Caller returns who asks: nobody on a public route.
func Caller(c echo.Context) broker.Caller {
	who, _ := c.Get(callerKey).(broker.Caller)
	return who
}

// Set says who asks from here on.
func Set(c echo.Context, who broker.Caller) { c.Set(callerKey, who) }

// Operator lets every request through as one of the operator: for what only the operator of this installation can open.
func Operator(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		Set(c, broker.Operator(""))
		return next(c)
	}
}

// Protect lets requests of known clients through that hold the scope; "" is any.
func (g Guard) Protect(next echo.HandlerFunc, scope broker.Scope) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := g.identify(c, g.client)
		if err != nil {
			return err
		}
		Set(c, who)
		if scope == "" {
			return next(c)
		}
		if err := who.Require(scope); err != nil {
			return err
		}
		return next(c)
	}
}

// ProtectForPeople lets requests of known clients through, and of people with a token of their own. Such a person acts for the organisation that
// the path names, in the role that the person has there; without one, for none or for the only one.
func (g Guard) ProtectForPeople(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := g.identify(c, g.clientOrPerson)
		if err != nil {
			return err
		}
		Set(c, who)
		return next(c)
	}
}

// identify finds out who asks, by a token that is known to one of those who know tokens.
func (g Guard) identify(c echo.Context, whose func(c echo.Context, raw string) (broker.Caller, error)) (broker.Caller, error) {
	if len(c.Request().Header["Authorization"]) == 0 {
		return broker.Caller{}, broker.Caller{}.Require() // the service's own words for nobody
	}
	raw, err := bearer(c.Request().Header)
	if err != nil {
		return broker.Caller{}, invalidToken(c, err)
	}
	return whose(c, raw)
}

func (g Guard) clientOrPerson(c echo.Context, raw string) (broker.Caller, error) {
	if strings.HasPrefix(raw, account.TokenPrefix) {
		return g.person(c, raw)
	}
	return g.client(c, raw)
}

func (g Guard) client(c echo.Context, raw string) (broker.Caller, error) {
	claims, err := g.Verify(raw)
	if err != nil {
		return broker.Caller{}, invalidToken(c, tokenError(err))
	}
	if err := g.Admit(c, claims.Subject); err != nil {
		Set(c, broker.Caller{Client: broker.ClientID(claims.Subject)}) // for the log: an operator asks who that was
		return broker.Caller{}, err
	}
	scopes := make([]broker.Scope, len(claims.Scopes))
	for i, s := range claims.Scopes {
		scopes[i] = broker.Scope(s)
	}
	who, err := g.Clients.Caller(c.Request().Context(), broker.ClientID(claims.Subject), scopes)
	if errors.Is(err, broker.Unauthenticated) {
		err = invalidToken(c, broker.Unauthenticated.Wrap(err, "unauthorized", "the client of this access token is unknown or disabled"))
	}
	return who, err
}

// person asks twice: who it is, so that each request is paid for by its person, and then in which role, so that an organisation that is none of
// the person's is refused like all else. An organisation whose id is none is for the handler to refuse.
func (g Guard) person(c echo.Context, raw string) (broker.Caller, error) {
	who, err := g.Accounts.Authenticate(c.Request().Context(), raw, "")
	if errors.Is(err, broker.Unauthenticated) {
		return broker.Caller{}, invalidToken(c, err)
	}
	if err != nil {
		return broker.Caller{}, err
	}
	Set(c, who) // for the log, whatever comes now
	if err := g.Admit(c, string(who.Person)); err != nil {
		return broker.Caller{}, err
	}
	org, err := broker.ParseID[broker.OrgID](c.Param(OrgParameter))
	if err != nil || org == who.Org {
		return who, nil
	}
	return g.Accounts.Authenticate(c.Request().Context(), raw, org)
}

// bearer reads the one Authorization header (RFC 6750 2.1, RFC 9110 11.6.2).
func bearer(h http.Header) (string, error) {
	values := h["Authorization"]
	if len(values) > 1 {
		return "", unauthorized("send exactly one Authorization header")
	}
	if len(values[0]) > maxHeader {
		return "", unauthorized("the Authorization header has at most %d bytes", maxHeader)
	}
	scheme, credentials, _ := strings.Cut(values[0], " ")
	credentials = strings.Trim(credentials, " ")
	if !strings.EqualFold(scheme, "Bearer") || credentials == "" || strings.ContainsAny(credentials, " \t,") {
		return "", unauthorized("the Authorization header must be: Bearer <token>")
	}
	return credentials, nil
}

func tokenError(err error) error {
	if errors.Is(err, token.ErrExpired) {
		return broker.Unauthenticated.Wrap(err, "unauthorized", "the access token has expired: fetch a new one from the token endpoint")
	}
	return broker.Unauthenticated.Wrap(err, "unauthorized", "the access token is not valid here: it must be one that the token endpoint of this environment issued")
}

// invalidToken tells apart for machines what a 401 alone does not: there was a token (RFC 6750 3.1).
func invalidToken(c echo.Context, err error) error {
	c.Response().Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	return err
}

func unauthorized(detail string, args ...any) error {
	return broker.Unauthenticated.New("unauthorized", detail, args...)
}
