package manage

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// read reads the body.
func read[T any](c echo.Context) (in T, err error) {
	err = wire.Read(c.Request().Body, &in)
	return in, err
}

// answer writes what a service returned, or its error.
func answer[D, W any](c echo.Context, status int, view func(D) W, value D, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(status, view(value))
}

// created names what was made, a path below the one that was posted to, and shows it.
func created(c echo.Context, id string, value any) error {
	c.Response().Header().Set("Location", c.Request().URL.EscapedPath()+"/"+url.PathEscape(id))
	return c.JSON(http.StatusCreated, value)
}

// list loads the page that was asked for and converts its items, never to null.
func list[D, W any](c echo.Context, view func(D) W, load func(broker.Page) ([]D, int, error)) ([]W, wire.Counted, error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, wire.Counted{}, err
	}
	page, err := q.Page()
	if err != nil {
		return nil, wire.Counted{}, err
	}
	all, total, err := load(broker.Page(page))
	views := make([]W, len(all))
	for i, one := range all {
		views[i] = view(one)
	}
	return views, wire.Counted{Count: len(all), Offset: page.Offset, TotalCount: total}, err
}

// asked reads a parameter of the query that is true, false or absent.
func asked(c echo.Context, name string) (bool, error) {
	q, err := wire.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return false, err
	}
	return flag(q, name)
}

// instant is a time that may be absent, as the zero time is.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
