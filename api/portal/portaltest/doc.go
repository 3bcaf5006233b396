// Package portaltest has a real node for tests of pages, people who are signed in, a browser that is an HTTP client, and a real one.
//
// # Pictures
//
// Somebody has to look at pages, too. Where VIERKANT_SCREENSHOTS names a folder, the tests in a real browser keep pictures there of every kind of page
// and of each step of the journey, at 320 and 1280 px, light and dark, in German and English, as PAGE-WIDTH-SCHEME-LANGUAGE.png:
//
//	VIERKANT_SCREENSHOTS=/tmp/pictures go test -timeout 1h ./api/portal/...
//
// Each look is judged by axe as well. That takes ten times as long, so without the variable a page is opened in one look only.
package portaltest
