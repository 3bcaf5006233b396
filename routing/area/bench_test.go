package area_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/routing/area"
)

// BenchmarkLoad reads the official list, and what is stored of it with 12,884 postcodes.
func BenchmarkLoad(b *testing.B) {
	file, err := io.ReadAll(gv100ad(b))
	if err != nil {
		b.Fatal(err)
	}
	c, _ := withPostcodes(b)
	blob, err := c.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("GV100AD", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := area.Read(bytes.NewReader(file)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stored", func(b *testing.B) {
		b.ReportAllocs()
		b.ReportMetric(float64(len(blob)), "bytes")
		for b.Loop() {
			if _, err := area.Decode(blob); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// searches are ordinary ones and the worst that the grammar lets through. A letter with an accent is two characters for the grammar, but folds to one.
func searches() map[string][]string {
	two := []string{"*en*", "*er*", "*ch*", "*el*", "*in*", "*st*", "*ei*", "*an*", "*ar*", "*be*"}
	return map[string][]string{
		"name":              {"Neustadt"},
		"postcode":          {"54636"},
		"beginning":         {"Neu*"},
		"town and postcode": {"Münster", "481*"},
		"two letters":       {"*en*"},
		"one letter":        {"*e\u0301*"},
		"one digit":         {"*0\u0301*"},
		"ten of two":        two,
		"all alike":         {"*e\u0301*", "*n\u0301*", "*r\u0301*", "*e *", "*n *", "*r *"},
		"digits and stars":  {"*0\u0301*1\u0301*", "*1\u0301*2\u0301*", "*0\u0301*2\u0301*", "*2\u0301*0\u0301*"},
		"three hundred":     slices.Repeat([]string{strings.Repeat("*en -*er ", 11)}, 10),
	}
}

// BenchmarkSearch prints the time of one search in fifty and of one in a hundred, each for the first page.
func BenchmarkSearch(b *testing.B) {
	c, _ := withPostcodes(b)
	for name, expressions := range searches() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, _, err := c.Search(expressions, 0, 100); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
		})
	}
}
