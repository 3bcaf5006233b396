package chart

import "math"

// patterns are what bars are filled with beside their colour, by the place of the series: the first is plain.
func (d *drawing) patterns() {
	shapes := [...]string{
		1: `<path class="chart__ink" d="M-1 1l2-2M0 6l6-6M5 7l2-2"/>`,
		2: `<circle class="chart__dot" cx="3" cy="3" r="1.3"/>`,
		3: `<path class="chart__ink" d="M0 3h6"/>`,
		4: `<path class="chart__ink" d="M3 0v6M0 3h6"/>`,
		5: `<path class="chart__ink" d="M-1 5l2 2M0 0l6 6M5-1l2 2"/>`,
	}
	d.add(`<defs>`)
	for i := 1; i < len(d.Series); i++ {
		d.add(`<pattern id="%s-p%d" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="chart__s%d" width="6" height="6"/>%s</pattern>`,
			d.ID, i, i, shapes[i])
	}
	d.add(`</defs>`)
}

func (d *drawing) bars() {
	wide := d.pitch() * 0.8
	for i := range d.Labels {
		d.add(`<g><title>%s</title>`, text(d.hint(i)))
		below := 0.0
		for n, s := range d.Series {
			v := s.Values[i]
			if math.IsNaN(v) || v <= 0 {
				continue
			}
			y0, y1 := d.y(below), d.y(below+v)
			d.rect(n, d.x(i)-wide/2, y1, wide, y0-y1)
			below += v
		}
		d.add(`</g>`)
	}
}

// rect is a part of a bar of the nth series.
func (d *drawing) rect(n int, x, y, w, h float64) {
	if n == 0 {
		d.add(`<rect class="chart__bar chart__s0" x="%s" y="%s" width="%s" height="%s"/>`, at(x), at(y), at(w), at(h))
		return
	}
	d.add(`<rect class="chart__bar" fill="url(#%s-p%d)" x="%s" y="%s" width="%s" height="%s"/>`, d.ID, n, at(x), at(y), at(w), at(h))
}

func (d *drawing) barSwatch(n int, y float64) { d.rect(n, 2, y-6, swatchW, 12) }
