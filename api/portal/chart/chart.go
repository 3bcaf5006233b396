package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Chart is what is to be drawn.
type Chart struct {
	ID          string // unique in the page; letters and digits
	Title       string
	Description string // what one sees in it, in a sentence
	Labels      []string
	Ticks       []Tick // of the time axis
	Scale       Scale
	Series      []Series
}

// Tick is a label of the time axis.
type Tick struct {
	At   int // place in Labels
	Text string
}

// Scale is the value axis, which begins at 0.
type Scale struct {
	Most  float64 // above 0
	Marks []Mark
}

// Mark is a value that the axis names.
type Mark struct {
	Value float64
	Text  string
}

// Series is what is told apart in a chart. There is a value for each label; NaN is none.
type Series struct {
	Name   string
	Values []float64
}

// MostSeries is how many can be told apart.
const MostSeries = 6

// Measures, in units of the picture, which is as wide as a narrow screen.
const (
	width   = 320
	left    = 50
	right   = 6
	top     = 10
	plot    = 130 // height
	axis    = 20  // below it
	row     = 18  // of the legend
	swatchW = 22
)

const floor = top + plot

// drawing is a chart being written.
type drawing struct {
	Chart
	out strings.Builder
}

func (d *drawing) add(format string, values ...any) { fmt.Fprintf(&d.out, format, values...) }

// Bars draws values upon each other.
func Bars(c Chart) template.HTML { return c.draw((*drawing).bars, (*drawing).barSwatch) }

// Lines draws each series for itself.
func Lines(c Chart) template.HTML { return c.draw((*drawing).lines, (*drawing).lineSwatch) }

func (c Chart) draw(shapes func(*drawing), swatch func(*drawing, int, float64)) template.HTML {
	d := &drawing{Chart: c}
	height := floor + axis + row*len(c.Series) + 4
	d.add(`<svg class="chart" role="img" viewBox="0 0 %d %d" aria-labelledby="%s-title %s-description">`, width, height, d.ID, d.ID)
	d.add(`<title id="%s-title">%s</title><desc id="%s-description">%s</desc>`, d.ID, text(c.Title), d.ID, text(c.Description))
	d.patterns()
	d.grid()
	shapes(d)
	d.times()
	for i, s := range c.Series {
		y := float64(floor + axis + row*i + row/2 + 2)
		swatch(d, i, y)
		d.add(`<text class="chart__name" x="%d" y="%s">%s</text>`, swatchW+8, at(y+4), text(s.Name))
	}
	d.add(`</svg>`)
	return template.HTML(d.out.String()) // all texts in it are escaped
}

// text escapes what others wrote.
func text(s string) string { return html.EscapeString(s) }

// at writes a coordinate, to a tenth.
func at(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// y is where a value is.
func (d *drawing) y(value float64) float64 { return floor - plot*min(value/d.Scale.Most, 1) }

// pitch is how wide the place of one label is.
func (d *drawing) pitch() float64 { return float64(width-left-right) / float64(max(1, len(d.Labels))) }

// x is the middle of a label's place.
func (d *drawing) x(i int) float64 { return left + d.pitch()*(float64(i)+0.5) }

func (d *drawing) grid() {
	for _, m := range d.Scale.Marks {
		y := d.y(m.Value)
		d.add(`<line class="chart__grid" x1="%d" x2="%d" y1="%s" y2="%s"/>`, left, width-right, at(y), at(y))
		d.add(`<text class="chart__mark" x="%d" y="%s">%s</text>`, left-4, at(y+4), text(m.Text))
	}
	d.add(`<line class="chart__axis" x1="%d" x2="%d" y1="%d" y2="%d"/>`, left, width-right, floor, floor)
}

// times names some of the labels below the axis. The first and the last do not stick out.
func (d *drawing) times() {
	for _, tick := range d.Ticks {
		x, anchor := d.x(tick.At), "middle"
		switch reach := float64(len(tick.Text)) * 3.5; {
		case x+reach > width:
			x, anchor = width, "end"
		case x-reach < left-20:
			x, anchor = left-20, "start"
		}
		d.add(`<text class="chart__time" text-anchor="%s" x="%s" y="%d">%s</text>`, anchor, at(x), floor+15, text(tick.Text))
	}
}

// hint is what a pointer tells of a label.
func (d *drawing) hint(i int) string {
	parts := []string{d.Labels[i]}
	for _, s := range d.Series {
		if v := s.Values[i]; !math.IsNaN(v) {
			parts = append(parts, s.Name+": "+strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return strings.Join(parts, "\n")
}
