package figures_test

import (
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker/figures"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	last := len(figures.Bounds())
	long := make(figures.Histogram, last+1)
	long[last] = 1
	for name, row := range map[string]struct {
		times      figures.Histogram
		share      float64
		want       time.Duration
		over, some bool
	}{
		"none":              {nil, 0.5, 0, false, false},
		"only noughts":      {figures.Histogram{0, 0}, 0.5, 0, false, false},
		"one":               {figures.Histogram{0, 1}, 0.5, 2 * time.Minute, false, true},
		"half of two":       {figures.Histogram{1, 1}, 0.5, time.Minute, false, true},
		"more than half":    {figures.Histogram{1, 1}, 0.51, 2 * time.Minute, false, true},
		"nine of ten":       {figures.Histogram{9, 0, 0, 1}, 0.9, time.Minute, false, true},
		"all":               {figures.Histogram{9, 0, 0, 1}, 1, 10 * time.Minute, false, true},
		"longer than bound": {long, 0.5, 14 * day, true, true},
	} {
		got, over, some := row.times.Quantile(row.share)
		if got != row.want || over != row.over || some != row.some {
			t.Errorf("%s: got %s, %t, %t, want %s, %t, %t", name, got, over, some, row.want, row.over, row.some)
		}
	}
}
