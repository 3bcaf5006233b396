package page

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// own is the subject of the kit itself: its static files and the choice of the language.
func (k *Kit) own() Subject {
	return Subject{Name: kitName, Files: look, Routes: []Route{
		Get("/static/:subject/:file", func(v *Visit) error { return k.static.serve(v) }).For(Public),
		Get("/language/:lang", speak).For(Public),
	}}
}

// speak keeps the language that was chosen and leads back. It changes nothing but a cookie, so it is a link.
func speak(v *Visit) error {
	lang := v.Param("lang")
	if !known(lang) {
		return echo.NewHTTPError(http.StatusNotFound)
	}
	v.Speak(lang)
	return v.Redirect(http.StatusSeeOther, v.Back(v.URL(HomePath)))
}
