package chart

import (
	"fmt"
	"math"
	"strings"
)

func (d *drawing) lines() {
	for n, s := range d.Series {
		var path strings.Builder
		pen := "M"
		for i, v := range s.Values {
			if math.IsNaN(v) {
				pen = "M"
				continue
			}
			fmt.Fprintf(&path, "%s%s %s", pen, at(d.x(i)), at(d.y(v)))
			pen = "L"
		}
		d.add(`<path class="chart__line chart__l%d" d="%s"/>`, n, path.String())
	}
	for i := range d.Labels {
		d.add(`<g><title>%s</title>`, text(d.hint(i)))
		for n, s := range d.Series {
			if v := s.Values[i]; !math.IsNaN(v) {
				d.marker(n, d.x(i), d.y(v))
			}
		}
		d.add(`</g>`)
	}
}

// marker is the shape of a value of the nth series.
func (d *drawing) marker(n int, x, y float64) {
	r := min(3, max(1.6, d.pitch()/3))
	shape := fmt.Sprintf("M%s %sh%sv%sh-%sz", at(x-r), at(y-r), at(2*r), at(2*r), at(2*r)) // square
	switch n % 3 {
	case 0:
		d.add(`<circle class="chart__marker chart__s%d" cx="%s" cy="%s" r="%s"/>`, n, at(x), at(y), at(r))
		return
	case 1:
		shape = fmt.Sprintf("M%s %sl%s %sh-%sz", at(x), at(y-1.3*r), at(1.3*r), at(2.3*r), at(2.6*r)) // triangle
	}
	d.add(`<path class="chart__marker chart__s%d" d="%s"/>`, n, shape)
}

func (d *drawing) lineSwatch(n int, y float64) {
	d.add(`<path class="chart__line chart__l%d" d="M2 %sh%d"/>`, n, at(y), swatchW)
	d.marker(n, 2+swatchW/2, y)
}
