package chart

import "math"

// Counts is a scale for whole numbers up to most, with round marks, written by a function.
func Counts(most float64, write func(float64) string) Scale {
	step := math.Max(1, round(most/4))
	return marks(most, step, write)
}

// Amounts is a scale for any numbers up to most.
func Amounts(most float64, write func(float64) string) Scale {
	if most <= 0 {
		most = 1
	}
	return marks(most, round(most/4), write)
}

// marks makes a scale of steps, at least one.
func marks(most, step float64, write func(float64) string) Scale {
	n := max(1, int(math.Ceil(most/step)))
	s := Scale{Most: float64(n) * step}
	for i := range n + 1 {
		s.Marks = append(s.Marks, Mark{float64(i) * step, write(float64(i) * step)})
	}
	return s
}

// round is the next of 1, 2 and 5 times a power of ten.
func round(f float64) float64 {
	if f <= 0 {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(f)))
	for _, times := range []float64{1, 2, 5} {
		if f <= times*power*(1+1e-9) {
			return times * power
		}
	}
	return 10 * power
}

// Spread chooses about so many of n labels, evenly.
func Spread(n, about int, write func(int) string) []Tick {
	step := max(1, (n+about-1)/about)
	var all []Tick
	for i := 0; i < n; i += step {
		all = append(all, Tick{i, write(i)})
	}
	return all
}
