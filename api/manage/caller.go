package manage

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/broker"
)

// admit lets a request through whose caller may ask at all, as one who acts for the organisation that the path names. What is open is so to API
// clients with whatever scope.
func (s *Service) admit(next echo.HandlerFunc, open bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := auth.Caller(c)
		if who.Client != "" && !open {
			if err := who.Require(broker.ScopeManage); err != nil {
				return err
			}
		}
		if !slices.Contains(c.ParamNames(), auth.OrgParameter) {
			return next(c)
		}
		org, err := broker.ParseID[broker.OrgID](c.Param(auth.OrgParameter))
		if err != nil {
			return err
		}
		if who, err = s.within(c.Request().Context(), who, org); err != nil {
			return err
		}
		auth.Set(c, who)
		return next(c)
	}
}

// within returns the caller as one who acts for org: a person does already, a client does for its own only, the operator of the machine for any
// that there is.
func (s *Service) within(ctx context.Context, who broker.Caller, org broker.OrgID) (broker.Caller, error) {
	if who.Person == "" && who.Client == "" {
		who = broker.Operator(org)
		_, err := s.Accounts.Org(ctx, who, org)
		return who, err
	}
	return who, who.Entitled(org, broker.RightRead)
}

// id reads the parameter of a path.
func id[T ~string](c echo.Context, parameter string) (T, error) {
	return broker.ParseID[T](c.Param(parameter))
}
