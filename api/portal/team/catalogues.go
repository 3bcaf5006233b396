package team

import (
	"context"
	"fmt"
	"io"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/routing/area"
	"github.com/vierkant/vierkant/routing/catalogue"
)

// maxUpload bounds the files of an import together, as the management API does.
const maxUpload = 256 << 20

// textFiles are the media types that offices hand lists over as.
const textFiles = ".csv,.txt,.json,.xml,text/csv,text/plain,application/json"

// catalogues shows which lists are in force.
func (s service) catalogues(v *page.Visit) error {
	return v.Show("catalogues", page.View{Title: v.T("platform.catalogues"), Data: struct {
		Areas, Services catalogues.State
		Summary         area.Summary
		Count           int
	}{s.Catalogues.AreasState(), s.Catalogues.ServicesState(), s.Catalogues.Areas().Summary(), s.Catalogues.Services().Len()}})
}

// difference is what an import would change, or changed.
type difference struct {
	Done                    bool
	Before, After           int
	Added, Removed, Changed int
	Notes                   []string
}

// imported is a page about one of the catalogues.
type imported struct {
	what  string
	files []*page.Field
	// run reads what was sent, and looks what it would change, or does it.
	run func(ctx context.Context, who broker.Caller, f *page.Form, plan bool) (difference, error)
}

// areas replaces the catalogue of areas.
func (s service) areas(v *page.Visit) error {
	return s.importPage(v, imported{"areas", []*page.Field{
		page.File("areas", textFiles).Require(), page.File("postcodes", textFiles), page.File("successors", textFiles),
	}, s.importAreas})
}

// services replaces the catalogue of services.
func (s service) services(v *page.Visit) error {
	return s.importPage(v, imported{"services", []*page.Field{page.File("services", textFiles).Require(), page.Check("merge")}, s.importServices})
}

// importPage takes files, and first shows what they would change: only with the box checked they are put into force.
func (s service) importPage(v *page.Visit, i imported) error {
	f := v.Form(i.what, append(i.files, page.Text("attribution"), page.Check("apply"))...).Or(v.URL("/platform/catalogues")).At("bad-request", i.what).At("import-refused", i.what)
	var found *difference
	if sent(v) && f.Read() {
		d, err := i.run(ctx(v), v.Who(), f, !f.Checked("apply"))
		switch {
		case err == nil && d.Done:
			return v.Done(v.URL("/platform/catalogues"), i.what+".done", d.Added, d.Removed, d.Changed)
		case err == nil:
			found = &d
		case !f.Refuse(err):
			return err
		}
	}
	crumbs := []page.Crumb{{Text: v.T("platform.catalogues"), Path: v.URL("/platform/catalogues")}}
	return v.Show("import", page.View{Title: v.T(i.what + ".title"), Crumbs: crumbs, Form: f, Data: found})
}

func (s service) importAreas(ctx context.Context, who broker.Caller, f *page.Form, plan bool) (difference, error) {
	lists := catalogues.AreaLists{Attribution: f.Value("attribution")}
	for _, file := range []struct {
		name string
		read func(io.Reader) error
	}{
		{"areas", func(r io.Reader) (err error) { lists.Areas, err = area.Read(r); return err }},
		{"postcodes", func(r io.Reader) (err error) { lists.Postcodes, err = area.ReadPostcodes(r); return err }},
		{"successors", func(r io.Reader) (err error) { lists.Successors, err = area.ReadSuccessors(r); return err }},
	} {
		if err := readFile(f, file.name, file.read); err != nil {
			return difference{}, err
		}
	}
	do := s.Catalogues.ImportAreas
	if plan {
		do = s.Catalogues.PlanAreas
	}
	c, err := do(ctx, who, lists)
	return difference{c.Done, c.From.Areas, c.To.Areas, len(c.Added), len(c.Removed), len(c.Changed), beginning(c.Notes)}, err
}

func (s service) importServices(ctx context.Context, who broker.Caller, f *page.Form, plan bool) (difference, error) {
	list := catalogues.ServiceList{Attribution: f.Value("attribution"), Merge: f.Checked("merge")}
	err := readFile(f, "services", func(r io.Reader) error {
		read, err := catalogue.Read(r)
		list.Services, list.Notes = read.Catalogue, read.Notes
		return err
	})
	if err != nil {
		return difference{}, err
	}
	before, do := s.Catalogues.Services().Len(), s.Catalogues.ImportServices
	if plan {
		do = s.Catalogues.PlanServices
	}
	c, err := do(ctx, who, list)
	return difference{c.Done, before, c.Services, len(c.Added), len(c.Removed), len(c.Renamed) + len(c.Changed), beginning(c.Notes)}, err
}

// readFile reads one that was chosen.
func readFile(f *page.Form, name string, read func(io.Reader) error) error {
	file, header, err := f.Uploaded(name)
	if file == nil {
		if f.Field(name).Required && err == nil {
			return broker.Invalid.New("bad-request", "choose a file")
		}
		return err
	}
	defer file.Close()
	if err := read(file); err != nil {
		return broker.Unprocessable.Wrap(err, "import-refused", "%v", fmt.Errorf("%s: %w", header.Filename, err))
	}
	return nil
}

// listed is how many notes are shown.
const listed = 100

func beginning(notes []string) []string { return notes[:min(len(notes), listed)] }
