package chart_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"html/template"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/portal/chart"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func sample() chart.Chart {
	return chart.Chart{
		ID: "c", Title: "Entscheidungen", Description: "An drei Tagen", Labels: []string{"1.", "2.", "3."},
		Ticks: chart.Spread(3, 2, func(i int) string { return strconv.Itoa(i+1) + "." }), Scale: chart.Counts(9, number),
		Series: []chart.Series{
			{Name: "angenommen", Values: []float64{3, 0, 5}}, {Name: `<b>"zurückgewiesen"</b>`, Values: []float64{1, math.NaN(), 4}},
			{Name: "abgelaufen", Values: []float64{0, 2, 0}},
		},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, draw := range map[string]func(chart.Chart) template.HTML{"bars": chart.Bars, "lines": chart.Lines} {
		got := string(draw(sample()))
		golden := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// TestSound holds that whatever is drawn is well-formed, escaped, and stays within its picture.
func TestSound(t *testing.T) {
	t.Parallel()
	empty := chart.Chart{ID: "e", Scale: chart.Counts(0, number)}
	gaps := sample()
	gaps.Series[0].Values = []float64{math.NaN(), math.NaN(), math.NaN()}
	many := sample()
	many.Labels, many.Series = nil, nil
	for i := range 400 {
		many.Labels = append(many.Labels, strconv.Itoa(i))
	}
	for n := range chart.MostSeries {
		many.Series = append(many.Series, chart.Series{Name: strconv.Itoa(n), Values: make([]float64, 400)})
		many.Series[n].Values[399] = 1e9
	}
	for name, c := range map[string]chart.Chart{"sample": sample(), "empty": empty, "gaps": gaps, "many": many} {
		for _, draw := range []func(chart.Chart) template.HTML{chart.Bars, chart.Lines} {
			svg := string(draw(c))
			read := xml.NewDecoder(strings.NewReader(svg))
			for {
				token, err := read.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v in %s", name, err, svg)
				}
				if e, is := token.(xml.StartElement); is {
					check(t, name, e)
				}
			}
			for _, never := range []string{"NaN", "Inf", "style=", "<b>"} {
				if strings.Contains(svg, never) {
					t.Errorf("%s: got %s in %s", name, never, svg)
				}
			}
		}
	}
}

func check(t *testing.T, name string, e xml.StartElement) {
	t.Helper()
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "x", "x1", "x2", "cx", "y", "y1", "y2", "cy", "width", "height":
			if f, err := strconv.ParseFloat(a.Value, 64); err != nil || f < 0 || f > 330 {
				t.Errorf("%s: got %s %s=%q, want it within the picture", name, e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		scale chart.Scale
		want  string
	}{
		{chart.Counts(0, number), "0 1"},
		{chart.Counts(1, number), "0 1"},
		{chart.Counts(3, number), "0 1 2 3"},
		{chart.Counts(9, number), "0 5 10"},
		{chart.Counts(100, number), "0 50 100"},
		{chart.Counts(70, number), "0 20 40 60 80"},
		{chart.Counts(1234, number), "0 500 1000 1500"},
		{chart.Amounts(0.3, number), "0 0.1 0.2 0.3"},
		{chart.Amounts(0, number), "0 0.5 1"},
	} {
		var got []string
		for _, m := range row.scale.Marks {
			got = append(got, strings.TrimSuffix(m.Text, "0000000000000004"))
		}
		if strings.Join(got, " ") != row.want || row.scale.Most != row.scale.Marks[len(row.scale.Marks)-1].Value {
			t.Errorf("got %v up to %v, want %s", got, row.scale.Most, row.want)
		}
	}
}
