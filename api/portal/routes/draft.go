package routes

import (
	"bytes"

	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker/publication"
)

// item is one wish of the draft.
type item struct {
	Key, Name, Edit string
	Delete          bool
	Services        int
	Regions         int
	Drop            *page.Form
}

func (s *Service) draft(v *page.Visit) error { return s.showDraft(v, uploadForm(v)) }

func uploadForm(v *page.Visit) *page.Form {
	return v.Form("upload", page.File("file", ".csv,.json,text/csv,application/json"), page.Radio("mode", "some", "all").Is("some"), page.Text("prefix").Most(100).Typewritten()).
		To(v.Home() + "/routes/draft/upload")
}

func (s *Service) showDraft(v *page.Visit, f *page.Form) error {
	sketch, err := s.cfg.Publication.Sketch(v.Request().Context(), v.Who(), v.Org())
	if err != nil {
		return err
	}
	items := itemsOf(v, sketch.Set)
	p := v.Page()
	from := min(p.Offset, len(items))
	some := items[from:min(from+p.Limit, len(items))]
	return v.Show("draft", page.View{Title: v.T("draft.title"), Crumbs: crumbs(v), Form: f, Data: map[string]any{
		"Items": some, "Pager": v.Pager(len(some), len(items)), "Total": len(items), "Changed": sketch.Changed, "Ends": sketch.Ends,
		"Discard": v.Form("discard", page.Hidden("do", "discard")).To(v.Home() + "/routes/draft").Dangerous(),
		"New":     v.Home() + "/routes/edit", "Review": v.Home() + "/routes/draft/review", "FourEyes": s.cfg.Publication.Rule().FourEyes,
	}})
}

func itemsOf(v *page.Visit, set publication.ChangeSet) []item {
	items := make([]item, 0, len(set.Put)+len(set.Delete))
	for _, d := range set.Put {
		services, regions := places(d.Coverage)
		items = append(items, item{Key: d.Key, Name: d.Name, Edit: keyed(v, "/routes/edit", d.Key), Services: len(services), Regions: len(regions)})
	}
	for _, key := range set.Delete {
		items = append(items, item{Key: key, Delete: true})
	}
	for i := range items {
		items[i].Drop = v.Form("drop", page.Hidden("do", "drop"), page.Hidden("key", items[i].Key)).To(v.Home() + "/routes/draft")
	}
	return items
}

// amend deletes a route by the draft, takes something out of it again, or discards it.
func (s *Service) amend(v *page.Visit) error {
	ctx, who, key := v.Request().Context(), v.Who(), v.FormValue("key")
	change := map[string]func(publication.ChangeSet) publication.ChangeSet{
		"delete": func(set publication.ChangeSet) publication.ChangeSet {
			return set.With(publication.ChangeSet{Delete: []string{key}})
		},
		"drop": func(set publication.ChangeSet) publication.ChangeSet { return set.Without(key) },
	}[v.FormValue("do")]
	if change == nil {
		if err := s.cfg.Publication.Discard(ctx, who, v.Org()); err != nil {
			return err
		}
		return v.Done(v.Home()+"/routes", "draft.discarded")
	}
	if _, err := s.cfg.Publication.Amend(ctx, who, v.Org(), change); err != nil {
		return err
	}
	return v.Done(v.Home()+"/routes/draft", "draft.amended", key)
}

// upload puts what a file says into the draft.
func (s *Service) upload(v *page.Visit) error {
	f := uploadForm(v)
	f.Read()
	raw, err := f.Content("file")
	if err != nil {
		return err
	}
	if len(raw) == 0 && !f.Failed() {
		f.Wrong("file", v.T("upload.empty"))
	}
	if f.Failed() {
		return s.showDraft(v, f)
	}
	set, err := s.changesOf(v, f, raw)
	if err == nil && !f.Failed() {
		_, err = s.cfg.Publication.Amend(v.Request().Context(), v.Who(), v.Org(), func(was publication.ChangeSet) publication.ChangeSet { return was.With(set) })
	}
	if f.Failed() || f.Refuse(err) {
		return s.showDraft(v, f)
	}
	if err != nil {
		return err
	}
	return v.Done(v.Home()+"/routes/draft", "upload.done", len(set.Put), len(set.Delete))
}

// upload is a file that was uploaded, as the management API would have it.
type upload struct {
	wire.RouteChanges
	textless bool // it has no place for what routes tell people
}

// changesOf makes changes of a file: a table, or JSON as the management API takes it.
func (s *Service) changesOf(v *page.Visit, f *page.Form, raw []byte) (set publication.ChangeSet, err error) {
	in := readFile(v, f, raw)
	if f.Failed() {
		return set, nil
	}
	if f.Value("mode") == "all" && in.Desired == nil {
		in.Desired, in.Put = &wire.DesiredRoutes{Prefix: f.Value("prefix"), Routes: in.Put}, nil
	}
	if in.Desired == nil {
		set.Delete = in.Delete
		set.Put, err = s.drafts(v, in.Put, in.textless)
		return set, err
	}
	want := publication.Desired{Prefix: in.Desired.Prefix}
	if want.Routes, err = s.drafts(v, in.Desired.Routes, in.textless); err != nil {
		return set, err
	}
	return s.cfg.Publication.Toward(v.Request().Context(), v.Who(), v.Org(), want)
}

func readFile(v *page.Visit, f *page.Form, raw []byte) (in upload) {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '{' {
		if err := wire.Read(bytes.NewReader(raw), &in.RouteChanges); err != nil {
			f.Wrong("file", v.T("upload.json", err.Error()))
		}
		return in
	}
	file, err := routesheet.Read(raw)
	if err != nil {
		f.Wrong("file", v.T("upload.csv", err.Error()))
	}
	in.Put, in.textless = file.Routes, true
	return in
}

// drafts converts what a file says. What a table has no place for stays as it is published.
func (s *Service) drafts(v *page.Visit, in []wire.RouteDraft, textless bool) ([]publication.Draft, error) {
	all, err := manage.ReadDrafts("routes", in)
	for i := 0; i < len(all) && err == nil && textless; i++ {
		r, missing := s.cfg.Publication.Route(v.Request().Context(), v.Who(), v.Org(), all[i].Key)
		if missing == nil {
			all[i].Info = r.Info
		} else if !hasCode(missing, "route-not-found") {
			err = missing
		}
	}
	return all, err
}
