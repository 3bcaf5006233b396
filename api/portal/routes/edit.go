package routes

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// maxBlocks is how many coverages a form edits; routes that have more are changed by a file.
const maxBlocks = 8

// editing is one route in the form.
type editing struct {
	*Service
	v    *page.Visit
	was  publication.Draft // what the form begins with; the zero one: a new route
	kept bool              // it is in the draft already

	coverages int // how many the form has
}

// begin is what is to be edited: the route that the query names, or a new one. It has as many coverages as the form was sent with, or else the route has.
func (s *Service) begin(v *page.Visit) (e editing, err error) {
	e = editing{Service: s, v: v}
	if key := v.QueryParam("key"); key != "" {
		e.was, e.kept, err = s.find(v, key)
	}
	e.coverages = max(1, len(e.was.Coverage))
	if n, err := strconv.Atoi(v.Request().PostFormValue("coverages")); err == nil && n > 0 && n <= maxBlocks {
		e.coverages = n
	}
	return e, err
}

// find returns what the draft has of a route, or else what is published.
func (s *Service) find(v *page.Visit, key string) (d publication.Draft, kept bool, err error) {
	ctx, who := v.Request().Context(), v.Who()
	sketch, err := s.cfg.Publication.Sketch(ctx, who, v.Org())
	if err != nil {
		return d, false, err
	}
	if i := slices.IndexFunc(sketch.Set.Put, func(d publication.Draft) bool { return d.Key == key }); i >= 0 {
		return sketch.Set.Put[i], true, nil
	}
	r, err := s.cfg.Publication.Route(ctx, who, v.Org(), key)
	return publication.DraftOf(r), false, err
}

// edit shows the form of a route.
func (s *Service) edit(v *page.Visit) error {
	e, err := s.begin(v)
	if err != nil {
		return err
	}
	f, err := e.form()
	if err != nil {
		return err
	}
	return e.show(f)
}

// keep puts the route into the draft.
func (s *Service) keep(v *page.Visit) error {
	e, err := s.begin(v)
	if err != nil {
		return err
	}
	f, err := e.form()
	if err != nil {
		return err
	}
	f.Read()
	if do := v.FormValue("do"); do != "" {
		return e.reshape(f, do)
	}
	d := e.read(f)
	if f.Failed() {
		return e.show(f)
	}
	_, err = s.cfg.Publication.Amend(v.Request().Context(), v.Who(), v.Org(), func(set publication.ChangeSet) publication.ChangeSet {
		return set.With(publication.ChangeSet{Put: []publication.Draft{d}})
	})
	if f.Refuse(err) {
		return e.show(f)
	}
	if err != nil {
		return err
	}
	return v.Done(v.Home()+"/routes/draft", "edit.done", d.Key)
}

func (e editing) show(f *page.Form) error {
	title := e.v.T("edit.new")
	if e.was.Key != "" {
		title = e.v.T("edit.title", e.was.Key)
	}
	return e.v.Show("edit", page.View{
		Title: title, Crumbs: crumbs(e.v), Form: f,
		Data: map[string]any{"TooMany": len(e.was.Coverage) > maxBlocks, "Adoption": e.was.Adoption != "", "Coverages": e.groups(f), "More": e.coverages < maxBlocks, "Next": e.coverages, "Info": infoFields(), "Rest": restFields()},
	})
}

// restFields and infoFields are the fields before and after those of coverage.
func restFields() []string { return []string{"priority", "from", "until", "state"} }

func (e editing) form() (*page.Form, error) {
	v, d := e.v, e.was
	key := page.Text("key").Require().Most(100).Is(d.Key).Typewritten()
	if d.Key != "" {
		key = page.Hidden("key", d.Key)
	}
	desk, err := e.desk()
	if err != nil {
		return nil, err
	}
	fields := []*page.Field{key, page.Hidden("coverages", strconv.Itoa(e.coverages)), page.Text("name").Require().Most(500).Is(d.Name), desk}
	for i := range min(e.coverages, maxBlocks) {
		fields = append(fields, e.coverageFields(i)...)
	}
	state := ""
	if d.Offline != nil {
		state = map[bool]string{true: "offline", false: "online"}[*d.Offline]
	}
	fields = append(fields,
		page.Number("priority").Is(strconv.Itoa(d.Priority)), page.Text("from").Most(40).Is(routesheet.Edge(d.From)), page.Text("until").Most(40).Is(routesheet.Edge(d.Until)),
		page.Select("state", "online", "offline").Is(state))
	fields = append(fields, infoForm(d.Info, infoFields())...)
	f := v.Form("edit", fields...).Or(v.Home() + "/routes/draft")
	for i := range min(e.coverages, maxBlocks) {
		e.labelCoverage(f, i)
	}
	return f, nil
}

// desk is the field of the destination: a list, or where there are too many for one an id.
func (e editing) desk() (*page.Field, error) {
	options, all, err := e.desks(e.v)
	if err != nil || !all {
		return page.Text("destination").Require().Is(string(e.was.Destination)).Typewritten(), err
	}
	return page.Select("destination").Require().Is(string(e.was.Destination)).Choices(options...), nil
}

func (e editing) coverageFields(i int) []*page.Field {
	var c broker.Coverage
	if i < len(e.was.Coverage) {
		c = e.was.Coverage[i]
	}
	services, regions := page.Area(block("services", i)).Is(strings.Join(c.Services, "\n")), page.Area(block("regions", i)).Is(strings.Join(c.Regions, "\n"))
	if i == 0 {
		services.Require()
		regions.Require()
	}
	return []*page.Field{services.Lines(3), regions.Lines(3), page.Area(block("schemas", i)).Is(strings.Join(c.Schemas, "\n")).Lines(2).Typewritten()}
}

func block(name string, i int) string { return name + strconv.Itoa(i) }

// labelCoverage gives the fields of each coverage the same labels, with a number where there are several.
func (e editing) labelCoverage(f *page.Form, i int) {
	for _, name := range coverageParts() {
		field := f.Field(block(name, i))
		field.Label, field.Hint = e.v.T("coverage."+name), e.v.T("coverage."+name+".hint")
		if e.coverages > 1 {
			field.Label = e.v.T("coverage.numbered", field.Label, i+1)
		}
	}
}

// read makes a draft of what was filled in. What the form has no field for stays as it was.
func (e editing) read(f *page.Form) publication.Draft {
	d := e.was
	d.Key, d.Name, d.Destination = f.Value("key"), f.Value("name"), broker.DestinationID(f.Value("destination"))
	d.Coverage = nil
	n := e.names(e.v)
	for i := range min(e.coverages, maxBlocks) {
		c := broker.Coverage{Services: n.readServices(f, block("services", i)), Regions: n.readRegions(f, block("regions", i)), Schemas: f.Lines(block("schemas", i))}
		if len(c.Services)+len(c.Regions)+len(c.Schemas) > 0 {
			d.Coverage = append(d.Coverage, c)
		}
	}
	if len(e.was.Coverage) > maxBlocks {
		f.Wrong("", e.v.T("edit.blocks", maxBlocks))
	}
	d.Priority = number(e.v, f, "priority")
	d.From, d.Until = instant(e.v, f, "from"), instant(e.v, f, "until")
	d.Offline = nil
	if state := f.Value("state"); state != "" {
		offline := state == "offline"
		d.Offline = &offline
	}
	d.Info = readInfo(f, e.was.Info)
	if err := d.Info.Check(); err != nil {
		f.Refuse(err)
	}
	return d
}

func number(v *page.Visit, f *page.Form, field string) int {
	n, err := strconv.Atoi(f.Value(field))
	if f.Value(field) != "" && err != nil {
		f.Wrong(field, v.T("wrong.number", f.Field(field).Label))
	}
	return n
}

func instant(v *page.Visit, f *page.Form, field string) time.Time {
	text := f.Value(field)
	if text == "" {
		return time.Time{}
	}
	at, err := routesheet.ParseTime(text)
	if err != nil {
		f.Wrong(field, v.T("wrong.time", f.Field(field).Label))
	}
	return at.UTC()
}

// removal is the form with which a route is put into the draft to be deleted.
func removal(v *page.Visit, key string) *page.Form {
	return v.Form("remove", page.Hidden("do", "delete"), page.Hidden("key", key)).To(v.Home() + "/routes/draft").Dangerous()
}

// keyed is the address of a page about a key.
func keyed(v *page.Visit, path, key string) string {
	return v.Home() + path + "?" + url.Values{"key": {key}}.Encode()
}

// hasCode reports whether an error of a service has a code.
func hasCode(err error, code string) bool {
	var known *broker.Error
	return errors.As(err, &known) && known.Code == code
}
