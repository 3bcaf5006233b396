package portal_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/portaltest"
)

// TestEveryPage opens every page that somebody can come to by links, as one of each role, and those that see most in both
// languages: no link leads nowhere, and each page has a title, says its language, and lacks no text.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := inhabit(t)
	for _, v := range w.visitors(t) {
		languages := []string{"de"}
		if v.name == "owner" || v.name == "platform" || v.name == "nobody" { // who see all there is between them
			languages = append(languages, "en")
		}
		for _, lang := range languages {
			t.Run(v.name+" "+lang, func(t *testing.T) {
				v.Lang = lang
				pages := 0
				crawl(v.Browser, func(path string, a portaltest.Answer) {
					pages++
					if a.Status != http.StatusOK {
						t.Errorf("%s: got %d", path, a.Status)
						return
					}
					if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
						lookAt(t, path, lang, a)
					}
				})
				t.Logf("%d pages", pages)
			})
		}
	}
}

var (
	aTitle   = regexp.MustCompile(`<title>[^<]{5,}</title>`)
	aHeading = regexp.MustCompile(`<h1[^>]*>\s*\S[^<]*</h1>`)
)

// slips are what no page shows unless something went wrong when it was made.
func slips() []string {
	return []string{"⟦no text⟧", "ZgotmplZ", "%!", "&lt;nil&gt;", "{{", ">map[", "0001-01-01", "01.01.0001"}
}

func lookAt(t *testing.T, path, lang string, a portaltest.Answer) {
	t.Helper()
	if !strings.Contains(a.Body, `<html lang="`+lang+`"`) || a.Header.Get("Content-Language") != lang {
		t.Errorf("%s does not say that it is in %s", path, lang)
	}
	if !aTitle.MatchString(a.Body) || len(aHeading.FindAllString(a.Body, -1)) != 1 {
		t.Errorf("%s has not one title and one heading", path)
	}
	for _, slip := range slips() {
		if strings.Contains(a.Body, slip) {
			t.Errorf("%s shows %q", path, slip)
		}
	}
	for _, never := range []string{"<style", " style=", "onclick=", "<script>", "javascript:"} {
		if strings.Contains(a.Body, never) {
			t.Errorf("%s has %q, which its policy forbids", path, never)
		}
	}
}
