package api

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	t.Parallel()
	const (
		second = time.Second
		kib    = 1 << 10
	)
	now := time.Now()
	type move struct {
		took time.Duration
		size int64
	}
	for name, c := range map[string]struct {
		moves []move
		next  int64
		want  time.Duration // until the next move has to be done
	}{
		"first, unknown size":        {nil, 0, 30 * second},
		"first, known size":          {nil, 640 * kib, 40 * second},
		"just as fast as must be":    {[]move{{second, 64 * kib}, {second, 64 * kib}, {10 * second, 640 * kib}}, 0, 30 * second},
		"half as fast":               {[]move{{10 * second, 320 * kib}}, 0, 25 * second},
		"haste is not saved up":      {[]move{{0, 640_000 * kib}}, 0, 30 * second},
		"haste makes up for a pause": {[]move{{20 * second, 0}, {0, 640 * kib}}, 0, 20 * second},
		"one byte now and then":      {[]move{{14 * second, 1}, {15 * second, 1}}, 0, second},
		"too late":                   {[]move{{31 * second, 1}}, 0, -second},
	} {
		p := pace{grace: 30 * second, rate: 64 * kib}
		for _, m := range c.moves {
			p.moved(m.took, m.size)
		}
		if got := p.deadline(now, c.next).Sub(now).Round(10 * time.Millisecond); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
