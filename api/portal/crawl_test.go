package portal_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/vierkant/vierkant/api/portal/portaltest"
)

// crawl opens all pages that links lead to, from the start pages on, and gives each to look, with the path below the portal by which it was found. A page of
// which there are many, like those of a list, is opened a few times.
func crawl(b *portaltest.Browser, look func(path string, a portaltest.Answer)) {
	seen, often := map[string]bool{}, map[string]int{}
	waiting := []string{"", "/sign-in"}
	if b.Home != "" {
		waiting = append(waiting, b.Home)
	}
	for len(waiting) > 0 {
		path := waiting[0]
		waiting = waiting[1:]
		kind := kindOf(path)
		if seen[path] || often[kind] >= sameKind {
			continue
		}
		seen[path] = true
		often[kind]++
		a := b.Get(path)
		look(path, a)
		if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			waiting = append(waiting, links(a)...)
		}
	}
}

// sameKind is how many pages that differ in ids, or in what is asked for behind a question mark, are opened.
const sameKind = 2

var (
	aLink = regexp.MustCompile(`<a [^>]*href="([^"]*)"`)
	anID  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|/[^/]{30,}|\?.*`)
)

func kindOf(path string) string { return anID.ReplaceAllString(path, "*") }

// links are the addresses on a page that are of this portal, but for those that only change the language.
func links(a portaltest.Answer) (all []string) {
	for _, m := range aLink.FindAllStringSubmatch(a.Body, -1) {
		at, err := a.URL.Parse(html.UnescapeString(m[1]))
		if err != nil || at.Host != a.URL.Host {
			continue
		}
		at.Fragment = ""
		path, ours := strings.CutPrefix(at.RequestURI(), "/portal")
		if ours && !strings.HasPrefix(path, "/language/") && (path == "" || path[0] == '/' || path[0] == '?') {
			all = append(all, path)
		}
	}
	return all
}

// form is one on a page.
type form struct {
	page   string // path below the portal on which it stands
	action string // the same of where it is sent to
	file   bool
	fields []field
}

// field is one that a browser would send.
type field struct{ name, kind, value string }

var (
	aForm  = regexp.MustCompile(`(?s)<form ([^>]*)>(.*?)</form>`)
	aField = regexp.MustCompile(`<(input|textarea|select) ([^>]*)>`)
	aValue = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	anItem = regexp.MustCompile(`<option value="([^"]+)"`)
)

func attributes(tag string) map[string]string {
	all := map[string]string{}
	for _, m := range aValue.FindAllStringSubmatch(tag, -1) {
		all[m[1]] = html.UnescapeString(m[2])
	}
	return all
}

// forms are those on a page that change something.
func forms(path string, a portaltest.Answer) (all []form) {
	for _, m := range aForm.FindAllStringSubmatch(a.Body, -1) {
		is := attributes(m[1])
		if is["method"] != "post" {
			continue
		}
		f := form{page: path, file: is["enctype"] == "multipart/form-data"}
		to := &url.URL{}
		if at, err := a.URL.Parse(is["action"]); err == nil {
			to = at
		}
		f.action = strings.TrimPrefix(to.RequestURI(), "/portal")
		for _, input := range aField.FindAllStringSubmatchIndex(m[2], -1) {
			f.fields = append(f.fields, readField(m[2][input[2]:input[3]], attributes(m[2][input[4]:input[5]]), m[2][input[1]:]))
		}
		all = append(all, f)
	}
	return all
}

func readField(tag string, is map[string]string, behind string) field {
	f := field{is["name"], is["type"], is["value"]}
	switch tag {
	case "textarea":
		f.kind = tag
	case "select":
		f.kind = tag
		if m := anItem.FindStringSubmatch(behind); m != nil {
			f.value = html.UnescapeString(m[1])
		}
	}
	return f
}

// values are what the form sends if every field that is typed into has the given text.
func (f form) values(typed string) url.Values {
	v := url.Values{}
	for _, one := range f.fields {
		switch one.kind {
		case "hidden", "select", "radio", "checkbox":
			v.Set(one.name, one.value)
		case "file":
		default:
			v.Set(one.name, typed)
		}
	}
	return v
}
