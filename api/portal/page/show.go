package page

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// View is what a page shows.
type View struct {
	Title   string
	Crumbs  []Crumb // the way here, without the page itself
	Form    *Form
	Data    any
	Scripts []string // modules of the subject's static folder
	Wide    bool     // a page that is mostly a table
}

// Crumb is a step of the way to a page.
type Crumb struct{ Text, Path string }

// sheet is what templates see.
type sheet struct {
	View
	*Visit
	Content any // of the page, within its frame
	Notice  string
}

// Base is the address of the portal.
func (s sheet) Base() string { return s.kit().base }

// Environment is test, reference or production.
func (s sheet) Environment() string { return s.kit().cfg.Environment }

// Here is the address of the page.
func (s sheet) Here() string { return s.kit().outer(s.Request().URL.RequestURI()) }

// Maintenance is what is announced; nil if nothing is.
func (s sheet) Maintenance() *broker.Notice {
	n, told := s.kit().cfg.Maintenance()
	if !told {
		return nil
	}
	return &n
}

// Choice is one entry of a menu, or an organisation to choose.
type Choice struct {
	Text, Path string
	Current    bool
}

// menuItem is an Item with whose texts it has.
type menuItem struct {
	Item
	subject *subject
}

// Group is a part of the menu; the first one has no title.
type Group struct {
	Title   string
	Choices []Choice
}

// Menu is what the visitor may go to. Subjects of one group stand together, in the order in which they are assembled.
func (s sheet) Menu() (all []Group) {
	for _, item := range s.menu() {
		title := ""
		if item.group != "" {
			title = s.T("group." + item.group)
		}
		at := slices.IndexFunc(all, func(g Group) bool { return g.Title == title })
		if at < 0 {
			at, all = len(all), append(all, Group{Title: title})
		}
		all[at].Choices = append(all[at].Choices, item.Choice)
	}
	return all
}

// placed is an entry of the menu, and its group.
type placed struct {
	Choice
	group string
}

func (s sheet) menu() (all []placed) {
	for _, item := range s.kit().menu {
		root := s.URL("")
		if item.For == Platform {
			if s.Org() != "" || s.Who().RequireOperator() != nil {
				continue
			}
		} else {
			if s.Org() == "" || !s.May(item.right()) {
				continue
			}
			root = s.Home()
		}
		current := s.within(root+item.Path) || item.Also != "" && s.within(root+item.Also)
		all = append(all, placed{Choice{Text: item.subject.texts.say(s.lang, item.Text), Path: root + item.Path, Current: current}, item.subject.Group})
	}
	return all
}

func (i Item) right() broker.Right {
	if i.Need == "" {
		return broker.RightRead
	}
	return i.Need
}

// within reports whether the page is the one at an address, or below it.
func (s sheet) within(path string) bool {
	here := s.kit().outer(s.Request().URL.Path)
	return here == path || len(here) > len(path) && here[:len(path)+1] == path+"/" && path != s.Home()
}

// OrgName is the name of the organisation for which the visitor acts; "" for none.
func (s sheet) OrgName() string {
	if s.Org() == "" {
		return "" // the page of an error is no organisation's
	}
	return s.orgName
}

// Show answers with a page: 422 if its form has to be mended, else 200.
func (v *Visit) Show(template string, w View) error {
	status := http.StatusOK
	if w.Form != nil && w.Form.Failed() {
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, template, w)
}

func (v *Visit) show(status int, name string, w View) error {
	if len(w.Crumbs) == 0 && v.Org() != "" && w.Title != "" && v.kit().outer(v.Request().URL.Path) != v.Home() {
		w.Crumbs = []Crumb{{v.T("home"), v.Home()}}
	}
	var out bytes.Buffer
	s := sheet{View: w, Visit: v, Notice: v.notice()}
	t := v.subject.templates[v.lang]
	if err := t.ExecuteTemplate(&out, name, s); err != nil {
		return err
	}
	content := safe(out.String())
	out.Reset()
	s.Content = content
	if err := t.ExecuteTemplate(&out, "frame", s); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", v.lang)
	h.Add("Vary", "Accept-Language, Cookie")
	return v.HTMLBlob(status, out.Bytes())
}
