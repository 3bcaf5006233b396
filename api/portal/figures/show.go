package figures

import (
	"html/template"
	"net/url"

	"github.com/vierkant/vierkant/api/portal/chart"
	"github.com/vierkant/vierkant/api/portal/page"
	counting "github.com/vierkant/vierkant/broker/figures"
)

// view is what the page of figures shows.
type view struct {
	Periods []option
	Of      []group // none: of the installation
	File    string  // address of the figures as a file
	Empty   bool
	Sum     []fact
	Charts  []drawn
}

// fact is a figure that stands for itself.
type fact struct{ Name, Value string }

// drawn is a chart and its table.
type drawn struct {
	Title, Description string
	Picture            template.HTML
	Table              table
}

// ofOrg is the figures of an organisation, a destination or a client.
func (s service) ofOrg(v *page.Visit) error {
	a, series, err := s.readOrg(v)
	if err != nil {
		return err
	}
	of, err := s.choices(v, a)
	if err != nil {
		return err
	}
	return s.show(v, v.T("title"), v.Home()+"/figures.csv", a, of, series)
}

func (s service) readOrg(v *page.Visit) (a asked, series counting.Series, err error) {
	if a, err = ask(v); err != nil {
		return a, series, err
	}
	which, err := a.which()
	if err != nil {
		return a, series, err
	}
	series, err = s.Figures.Of(v.Request().Context(), v.Who(), v.Org(), which, a.query(v.Now()))
	return a, series, err
}

// ofAll is the figures of the installation.
func (s service) ofAll(v *page.Visit) error {
	a, series, err := s.readAll(v)
	if err != nil {
		return err
	}
	return s.show(v, v.T("title.all"), v.URL("/platform/figures.csv"), a, nil, series)
}

func (s service) readAll(v *page.Visit) (a asked, series counting.Series, err error) {
	if a, err = ask(v); err != nil {
		return a, series, err
	}
	series, err = s.Figures.All(v.Request().Context(), v.Who(), a.query(v.Now()))
	return a, series, err
}

func (s service) show(v *page.Visit, title, file string, a asked, of []group, series counting.Series) error {
	w, sum := s.writer(v), series.Sum()
	data := view{
		Of: of, File: file + "?" + url.Values{"period": {a.Period}, "of": {a.Of}}.Encode(),
		Empty: nothing(sum), Sum: w.facts(sum),
	}
	for _, name := range periods() {
		data.Periods = append(data.Periods, option{Value: name, Text: v.T("period." + name), Chosen: name == a.Period})
	}
	if !data.Empty {
		data.Charts = newCharts(w, series).all()
	}
	return v.Show("figures", page.View{Title: title, Data: data, Wide: true})
}

// nothing reports whether nothing at all happened.
func nothing(c counting.Counts) bool {
	return c.Announced+c.Submitted+c.Accepted+c.AllRejected()+c.Expired+c.Replies+c.CallbacksTaken+c.CallbacksFailed == 0
}

func (w writer) facts(c counting.Counts) []fact {
	return []fact{
		{w.T("submitted"), w.count(c.Submitted)}, {w.T("accepted"), w.count(c.Accepted)}, {w.T("rejected"), w.count(c.AllRejected())},
		{w.T("p50"), w.quantile(c.Acceptance, 0.5)}, {w.T("p90"), w.quantile(c.Acceptance, 0.9)},
		{w.T("taken.share"), w.share(c.CallbacksTaken, c.CallbacksTaken+c.CallbacksFailed)}, {w.T("bytes"), w.bytes(float64(c.Bytes))},
	}
}

// draw makes of one chart its picture, with the description that its summary is.
func draw(c chart.Chart, how func(chart.Chart) template.HTML, t table) drawn {
	return drawn{Title: c.Title, Description: c.Description, Picture: how(c), Table: t}
}
