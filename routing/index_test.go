package routing

import "testing"

// TestIndexSameLow has keys of which the compared half is the same, as an unlucky seed may make it: here 1 leaves the upper half of a
// service as it is, and both halves of 65536 and 1 mix to 1.
func TestIndexSameLow(t *testing.T) {
	t.Parallel()
	for first := range uint64(16) {
		x := newIndex(2, [2]uint64{first, 1})
		x.put(Service{1 << 16}, 0, 7)
		if got := x.find(Service{1}, 0); got != 0 {
			t.Errorf("seed %d: got %d for a key that is not there, want 0", first, got)
		}
		x.put(Service{1}, 0, 8)
		x.put(Service{}, 0, 9) // its half is zero, like that of a free place
		for s, want := range map[Service]uint32{{1 << 16}: 7, {1}: 8, {}: 9, {2}: 0} {
			if got := x.find(s, 0); got != want {
				t.Errorf("seed %d: got %d for service %d, want %d", first, got, s.key, want)
			}
		}
	}
}

// TestIndexEach gives back what was put, whatever the seeds made of it.
func TestIndexEach(t *testing.T) {
	t.Parallel()
	want := map[question]uint32{}
	x := newIndex(100, newSeeds())
	for n := range uint32(100) {
		q := question{s: Service{99_000_000_000_000 + uint64(n)*977_777}, r: region(t, "DE094750156156"[:2+[]int{0, 2, 12}[n%3]])}
		want[q] = n + 1
		x.put(q.s, q.r.d, n+1)
	}
	x.each(func(s Service, d digits, value uint32) {
		q := question{s: s, r: Region{d}}
		if want[q] != value {
			t.Errorf("got %d for %v in %v, want %d", value, s, q.r, want[q])
		}
		delete(want, q)
	})
	if len(want) > 0 {
		t.Errorf("not given: %v", want)
	}
}
