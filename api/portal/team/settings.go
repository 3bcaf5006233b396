package team

import (
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/mail"
)

// settings are the name of an organisation and the language of its mails.
func (s service) settings(v *page.Visit) error {
	o, err := s.Accounts.Org(ctx(v), v.Who(), v.Org())
	if err != nil {
		return err
	}
	names, err := s.Accounts.LegalNames(ctx(v), v.Who(), v.Org())
	if err != nil {
		return err
	}
	language, err := s.Mails.Language(ctx(v), v.Who(), v.Org())
	if err != nil {
		return err
	}
	f := v.Form("settings", page.Text("name").Require().Is(o.Name).Most(100), page.Radio("language", "both", "de", "en").Require().Is(spoken(language)))
	if sent(v) && f.Read() {
		err := s.change(v, f)
		if err == nil {
			return v.Done(v.Home()+"/settings", "settings.done")
		}
		if !f.Refuse(err) {
			return err
		}
	}
	return v.Show("settings", page.View{Title: v.T("settings.title"), Form: f, Data: struct {
		Org      broker.Org
		Names    []string
		Language string
		Manages  bool
		Platform bool
	}{o, names, spoken(language), v.May(broker.RightPeople), v.Signed().Person.Platform}})
}

func (s service) change(v *page.Visit, f *page.Form) error {
	if _, err := s.Accounts.Rename(ctx(v), v.Who(), v.Org(), f.Value("name")); err != nil {
		return err
	}
	return s.Mails.SetLanguage(ctx(v), v.Who(), v.Org(), languageOf(f.Value("language")))
}

// both is the choice of no language: mails have all.
const both = "both"

func spoken(l mail.Language) string {
	if l == "" {
		return both
	}
	return string(l)
}

func languageOf(choice string) mail.Language {
	if choice == both {
		return ""
	}
	return mail.Language(choice)
}

// legalNames are set by operators of the platform.
func (s service) legalNames(v *page.Visit) error {
	names, err := s.Accounts.LegalNames(ctx(v), v.Who(), v.Org())
	if err != nil {
		return err
	}
	f := v.Form("legal", page.Area("names").Is(strings.Join(names, "\n")).Most(5000)).Or(v.Home() + "/settings")
	if sent(v) && f.Read() {
		err := s.Accounts.SetLegalNames(ctx(v), v.Who(), v.Org(), lines(f.Value("names")))
		if err == nil {
			return v.Done(v.Home()+"/settings", "legal.done")
		}
		if !f.Refuse(err) {
			return err
		}
	}
	crumbs := []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("settings.title"), Path: v.Home() + "/settings"}}
	return v.Show("legal", page.View{Title: v.T("legal.title"), Crumbs: crumbs, Form: f})
}

// lines are those of a text, without empty ones.
func lines(text string) []string {
	all := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
