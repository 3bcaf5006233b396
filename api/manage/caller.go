package manage

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/broker"
)

// orgParameter names the organisation that a path is about.
const orgParameter = "org"

// admit lets a request through whose caller may ask at all, as one who acts for the organisation that the path names.
func (s *Service) admit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := auth.Caller(c)
		if err := who.Require(broker.ScopeManage); err != nil {
			return err
		}
		if !slices.Contains(c.ParamNames(), orgParameter) {
			return next(c)
		}
		org, err := broker.ParseID[broker.OrgID](c.Param(orgParameter))
		if err != nil {
			return err
		}
		if who, err = within(who, org); err != nil {
			return err
		}
		auth.Set(c, who)
		return next(c)
	}
}

// within returns the caller as one who acts for org. Whether there is such an organisation is not said to who has nothing to do with it.
func within(who broker.Caller, org broker.OrgID) (broker.Caller, error) {
	switch {
	case who.IsOperator():
		return broker.Operator(org), nil
	case who.Org == org:
		return who, nil
	}
	return broker.Caller{}, broker.NotFound.New("organisation-not-found", "there is no organisation %s", org)
}
