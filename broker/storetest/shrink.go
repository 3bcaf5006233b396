package storetest

// shrink returns the smallest program that it finds which still fails, within so many tries: transactions are left out, then steps,
// half of them at first, in the end one by one.
func shrink(p program, tries int, stillFails func(program) bool) program {
	try := func(p program) bool {
		tries--
		return tries >= 0 && stillFails(p)
	}
	for size := -1; size != p.size(); {
		size = p.size()
		p = fewer(p, try)
		for i := range p {
			p[i].steps = fewer(p[i].steps, func(steps []step) bool { return try(p.with(i, steps)) })
		}
	}
	return p
}

// size is how long a program is to read.
func (p program) size() int {
	n := len(p)
	for _, t := range p {
		n += len(t.steps)
	}
	return n
}

// with returns the program with other steps in one of its transactions.
func (p program) with(i int, steps []step) program {
	changed := append(program(nil), p...)
	changed[i].steps = steps
	return changed
}

// fewer leaves out what is not needed to fail (delta debugging).
func fewer[S ~[]T, T any](all S, fails func(S) bool) S {
	for part := len(all) / 2; part > 0; {
		cutAny := false
		for from := 0; from < len(all); {
			rest := append(append(S(nil), all[:from]...), all[min(from+part, len(all)):]...)
			if fails(rest) {
				all, cutAny = rest, true
			} else {
				from += part
			}
		}
		if part == 1 && cutAny {
			continue
		}
		part /= 2
	}
	return all
}
