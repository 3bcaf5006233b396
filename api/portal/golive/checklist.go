package golive

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/golive"
)

// row is a line of the overview.
type row struct {
	golive.Subject
	Done, Of int
	Path     string
}

// Complete reports whether nothing that is required is open.
func (r row) Complete() bool { return r.Done == r.Of }

func (s *Service) rowOf(v *page.Visit, c golive.Checklist) row {
	r := row{Subject: c.Subject, Path: v.Home() + "/golive/" + c.Subject.ID}
	r.Done, r.Of = c.Progress()
	if r.Name == "" {
		r.Name = r.ID
	}
	return r
}

// overview is GET /orgs/{org}/golive.
func (s *Service) overview(v *page.Visit) error {
	all, total, err := s.cfg.Checklists.List(v.Request().Context(), v.Who(), v.Page())
	if err != nil {
		return err
	}
	rows := make([]row, len(all))
	for i, c := range all {
		rows[i] = s.rowOf(v, c)
	}
	return v.Show("overview", page.View{Title: v.T("title"), Wide: true, Data: map[string]any{
		"Rows": rows, "Pager": v.Pager(len(rows), total), "Points": v.Home() + "/golive-points",
	}})
}

// line is a point as it is shown.
type line struct {
	golive.Item
	Name string // of the point, in the language of the page
	How  string // what to do for it; "": it is done, or nothing can be done
	Who  string
	Path string // of the page on which it is declared; "": the visitor cannot
}

// group is the points of one source.
type group struct {
	Source golive.Source
	Lines  []line
}

// sheet is a checklist as it is shown.
type sheet struct {
	row
	Groups []group
	At     time.Time
	Print  string
	Report string
}

func (s *Service) sheetOf(v *page.Visit, c golive.Checklist) sheet {
	sheet := sheet{row: s.rowOf(v, c), At: v.Now()}
	sheet.Print, sheet.Report = sheet.Path+"/print", sheet.Path+"/report"
	for _, source := range []golive.Source{golive.Witnessed, golive.Seen, golive.Declared} {
		g := group{Source: source}
		for _, i := range c.Items {
			if i.Source == source {
				g.Lines = append(g.Lines, s.lineOf(v, sheet.Path, c.Subject.Kind, i))
			}
		}
		if len(g.Lines) > 0 {
			sheet.Groups = append(sheet.Groups, g)
		}
	}
	return sheet
}

func (s *Service) lineOf(v *page.Visit, path string, kind golive.Kind, i golive.Item) line {
	l := line{Item: i, Name: i.Title}
	if !i.Own {
		l.Name = v.T("point." + string(kind) + "." + string(i.Point))
	}
	if i.State == golive.Open && !i.Own {
		l.How = v.T("how." + string(i.Point))
	}
	if i.By != "" {
		l.Who = s.nameOf(v, i.By)
	}
	if i.Source == golive.Declared && mayDeclare(v) {
		l.Path = path + "/points/" + string(i.Point)
	}
	return l
}

// checklist is GET /orgs/{org}/golive/{subject}.
func (s *Service) checklist(v *page.Visit) error { return s.show(v, "checklist") }

// print is GET /orgs/{org}/golive/{subject}/print.
func (s *Service) print(v *page.Visit) error { return s.show(v, "print") }

func (s *Service) show(v *page.Visit, template string) error {
	c, err := s.get(v)
	if err != nil {
		return err
	}
	sheet := s.sheetOf(v, c)
	w := page.View{Title: v.T(template+".title", sheet.Name), Crumbs: crumbs(v), Wide: true, Data: sheet}
	if template == "print" {
		w.Crumbs = append(w.Crumbs, page.Crumb{Text: sheet.Name, Path: sheet.Path})
	}
	return v.Show(template, w)
}

func crumbs(v *page.Visit) []page.Crumb {
	return []page.Crumb{{Text: v.T("home"), Path: v.Home()}, {Text: v.T("title"), Path: v.Home() + "/golive"}}
}

func (s *Service) get(v *page.Visit) (golive.Checklist, error) {
	id, err := broker.ParseID[string](v.Param("subject"))
	if err != nil {
		return golive.Checklist{}, err
	}
	return s.cfg.Checklists.Get(v.Request().Context(), v.Who(), id)
}

// report is GET /orgs/{org}/golive/{subject}/report: the signed report as a file.
func (s *Service) report(v *page.Visit) error {
	id, err := broker.ParseID[string](v.Param("subject"))
	if err != nil {
		return err
	}
	signed, err := s.cfg.Checklists.Report(v.Request().Context(), v.Who(), id)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(signed, "", "  ")
	if err != nil {
		return err
	}
	name := fmt.Sprintf("golive-%s-%s.json", id, signed.Report.Issued().Format("20060102T150405Z"))
	return v.Download(name, "application/json", raw)
}
