package routing

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestParseRegion(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in, want string
		level    Level
	}{
		{"DE", "DE", Federal},
		{"DE00", "DE", Federal},
		{"DE000000000000", "DE", Federal},
		{"DE11", "DE11", Land},
		{"DE110000000000", "DE11", Land},
		{"DE010", "DE01", Land},
		{"DE055", "DE055", District},
		{"DE09475", "DE09475", County},
		{"DE055150000", "DE05515", County},
		{"DE055150000000", "DE05515", County},
		{"DE010625262", "DE010625262", Association},
		{"DE010625262000", "DE010625262", Association},
		{"DE094750156156", "DE094750156156", Municipality},
		{"DE100410100100", "DE100410100100", Municipality},
		{"DE0947", "DE0947", 4},
		{"DE0940", "DE0940", 4},
		{"DE0", "DE0", 1},
		{"DE0100", "DE0100", 4},
		{"DE05515000", "DE05515000", 8},
	} {
		r, err := ParseRegion(tc.in)
		if err != nil {
			t.Errorf("ParseRegion(%q): %v", tc.in, err)
			continue
		}
		if got := r.String(); got != tc.want {
			t.Errorf("ParseRegion(%q) = %v, want %v", tc.in, got, tc.want)
		}
		if got, want := r.ARS(), strings.TrimPrefix(tc.want, "DE"); got != want {
			t.Errorf("ParseRegion(%q).ARS() = %q, want %q", tc.in, got, want)
		}
		if r.Level() != tc.level {
			t.Errorf("ParseRegion(%q).Level() = %d, want %d", tc.in, r.Level(), tc.level)
		}
		if got, want := r.Canonical(), tc.level != 4 && tc.level != 1 && tc.level != 8; got != want {
			t.Errorf("ParseRegion(%q).Canonical() = %v, want %v", tc.in, got, want)
		}
	}
}

func TestParseRejects(t *testing.T) {
	t.Parallel()
	parsers := map[string]func(string) error{
		"region":      func(s string) error { _, err := ParseRegion(s); return err },
		"ARS":         func(s string) error { _, err := ParseARS(s); return err },
		"AGS":         func(s string) error { _, err := ParseAGS(s); return err },
		"service key": func(s string) error { _, err := ParseKey(s); return err },
	}
	for _, tc := range []struct{ kind, in string }{
		{"region", ""}, {"region", "D"}, {"region", "09"}, {"region", "de09"}, {"region", "DE-9"}, {"region", "DE0123456789012"},
		{"region", "DE٠٩"}, {"region", "DE09 "}, {"region", " DE09"}, {"region", "DE09\n"},
		{"ARS", ""}, {"ARS", "0"}, {"ARS", "0947"}, {"ARS", "05515000"}, {"ARS", "0551500000000"}, {"ARS", "DE"}, {"ARS", "0x"},
		{"AGS", ""}, {"AGS", "0947"}, {"AGS", "094750156"}, {"AGS", "094750156156"}, {"AGS", "+9"},
		{"service key", ""}, {"service key", "12"}, {"service key", "89050012104000"}, {"service key", "9905001210400"},
		{"service key", "990500121040000"}, {"service key", "99+50012104000"}, {"service key", "99_50012104000"},
		{"service key", "urn:de:fim:leika:leistung:99050012104000"},
	} {
		err := parsers[tc.kind](tc.in)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s %q: got %v, want a SyntaxError", tc.kind, tc.in, err)
			continue
		}
		if syntax.Kind != tc.kind || syntax.Value != tc.in || syntax.Want == "" {
			t.Errorf("%s %q: got %+v, want its kind, the value and what was expected", tc.kind, tc.in, *syntax)
		}
	}
}

func TestSyntaxErrorIsShort(t *testing.T) {
	t.Parallel()
	_, err := ParseARS(strings.Repeat("ü", 10_000))
	if len(err.Error()) > 200 {
		t.Errorf("the message has %d bytes, want it cut", len(err.Error()))
	}
}

func TestParent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"DE094750156156": "DE094750156 DE09475 DE094 DE09 DE",
		"DE055150000000": "DE055 DE05 DE",
		"DE110000000000": "DE",
		"DE055150000012": "DE05515 DE055 DE05 DE",
		"DE010010000":    "DE01 DE", // a Land without Regierungsbezirke; 01001 is its own Kreis
		"DE0947":         "DE094 DE09 DE",
		"DE0100":         "DE01 DE",
		"DE1":            "DE",
		"DE":             "",
	} {
		r := region(t, in)
		var chain []string
		for p, ok := r.Parent(); ok; p, ok = p.Parent() {
			if !p.Canonical() || !p.Covers(r) || r.Covers(p) {
				t.Errorf("%v has the parent %v, want a canonical one that covers it", r, p)
			}
			chain = append(chain, p.String())
		}
		if got := strings.Join(chain, " "); got != want {
			t.Errorf("parents of %s = %s, want %s", in, got, want)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		outer, inner string
		want         bool
	}{
		{"DE", "DE", true},
		{"DE", "DE094750156156", true},
		{"DE09", "DE094750156156", true},
		{"DE0947", "DE094750156156", true},
		{"DE0947", "DE094800156156", false},
		{"DE0947", "DE094", false},
		{"DE094750156156", "DE094750156157", false},
		{"DE09", "DE", false},
		{"DE05515", "DE055150000000", true},
		{"DE055150000000", "DE05515", true},
		{"DE01", "DE01010", true},
		{"DE01", "DE10", false},
		{"DE0", "DE11", false},
		{"DE1", "DE11", true},
		{"DE0100", "DE01055", false},
	} {
		if got := region(t, tc.outer).Covers(region(t, tc.inner)); got != tc.want {
			t.Errorf("%s covers %s: got %v, want %v", tc.outer, tc.inner, got, tc.want)
		}
	}
}

func TestAGS(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ ars, ags string }{
		{"09", "09"}, {"094", "094"}, {"09475", "09475"},
		{"094750156156", "09475156"},
		{"071435006272", "07143272"},
		{"055150000000", "05515"},
		{"110000000000", "11"},
		{"094750156", ""},
	} {
		ars, err := ParseARS(tc.ars)
		if err != nil {
			t.Fatal(err)
		}
		ags, ok := ars.AGS()
		if ags.String() != tc.ags || ok != (tc.ags != "") {
			t.Errorf("AGS of ARS %s = %v, %v, want %q", tc.ars, ags, ok, tc.ags)
		}
	}
	for in, want := range map[string]string{
		"05": "DE05", "055": "DE055", "05515": "DE05515", "05515000": "DE05515", "11000000": "DE11", "07143272": "",
	} {
		ags, err := ParseAGS(in)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := ags.Region()
		if ok != (want != "") || ok && r.String() != want {
			t.Errorf("region of AGS %s = %v, %v, want %q", in, r, ok, want)
		}
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	s, err := ParseKey("99050012104000")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.URN(), "urn:de:fim:leika:leistung:99050012104000"; got != want {
		t.Errorf("URN() = %s, want %s", got, want)
	}
	if got, ok := ServiceFromURN(s.URN()); got != s || !ok {
		t.Errorf("ServiceFromURN(%s) = %v, %v, want %v", s.URN(), got, ok, s)
	}
	for _, urn := range []string{
		"", "99050012104000", "urn:de:fim:leistung:99010028", "urn:de:fim:leika:leistung:9905001210400",
		"urn:schema-fitko-de:fit-connect:id.bund.de:message_v6", "URN:de:fim:leika:leistung:99050012104000",
		"urn:de:fim:leika:leistung:12050012104000",
	} {
		if got, ok := ServiceFromURN(urn); ok {
			t.Errorf("ServiceFromURN(%q) = %v, want none", urn, got)
		}
	}
}

func TestIsURN(t *testing.T) {
	t.Parallel()
	for urn, want := range map[string]bool{
		"urn:de:fim:leika:leistung:99050012104000":              true,
		"urn:schema-fitko-de:fit-connect:id.bund.de:message_v6": true,
		"urn:a:b":                           true,
		"urn:a:" + strings.Repeat("b", 249): true,
		"urn:a:" + strings.Repeat("b", 250): false,
		"urn:a:":                            false,
		"urn:a:Ä":                           false,
		"URN:a:bcd":                         false,
		"urn:de:fim:Leika:leistung:99":      false,
		" urn:a:bcd":                        false,
	} {
		if got := IsURN(urn); got != want {
			t.Errorf("IsURN(%.60q) = %v, want %v", urn, got, want)
		}
	}
}

// normalised is the rule for padding in strings: the shortest of the lengths that loses only zeros.
func normalised(digits string) string {
	levels := []int{0, 2, 3, 5, 9, 12}
	if !slices.Contains(levels, len(digits)) {
		return digits
	}
	for _, n := range levels {
		if n <= len(digits) && strings.Trim(digits[n:], "0") == "" {
			return digits[:n]
		}
	}
	return digits
}

func FuzzParseRegion(f *testing.F) {
	for _, s := range []string{"DE", "DE0", "DE09", "DE094750156156", "DE055150000000", "DE0947", "DE000000000000", "D", "DE٠", "DE0123456789012"} {
		f.Add(s)
	}
	pattern := regexp.MustCompile(`^DE[0-9]{0,12}$`)
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRegion(s)
		if got, want := err == nil, pattern.MatchString(s); got != want {
			t.Fatalf("ParseRegion(%q) accepts: %v, want %v", s, got, want)
		}
		if err != nil {
			return
		}
		if got, want := r.ARS(), normalised(s[2:]); got != want {
			t.Errorf("ParseRegion(%q).ARS() = %q, want %q", s, got, want)
		}
		again, err := ParseRegion(r.String())
		if err != nil || again != r {
			t.Errorf("ParseRegion(%q) and back: %v, %v", s, again, err)
		}
		for p, ok := r.Parent(); ok; p, ok = p.Parent() {
			if !p.Canonical() || !p.Covers(r) || p.Level() >= r.Level() {
				t.Errorf("%v has the parent %v", r, p)
			}
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	for _, s := range []string{"99050012104000", "05515", "055150000000", "05515000", "99", "", "094750156156"} {
		f.Add(s)
	}
	ars, ags, key := regexp.MustCompile(`^(\d{2}|\d{3}|\d{5}|\d{9}|\d{12})$`), regexp.MustCompile(`^(\d{2}|\d{3}|\d{5}|\d{8})$`), regexp.MustCompile(`^99\d{12}$`)
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseARS(s)
		if got, want := err == nil, ars.MatchString(s); got != want {
			t.Errorf("ParseARS(%q) accepts: %v, want %v", s, got, want)
		}
		if err == nil && r.ARS() != normalised(s) {
			t.Errorf("ParseARS(%q) = %v, want %q", s, r, normalised(s))
		}
		a, err := ParseAGS(s)
		if got, want := err == nil, ags.MatchString(s); got != want {
			t.Errorf("ParseAGS(%q) accepts: %v, want %v", s, got, want)
		}
		if err == nil && !strings.HasPrefix(s, a.String()) {
			t.Errorf("ParseAGS(%q) = %v, want a prefix", s, a)
		}
		service, err := ParseKey(s)
		if got, want := err == nil, key.MatchString(s); got != want {
			t.Errorf("ParseKey(%q) accepts: %v, want %v", s, got, want)
		}
		if err == nil && service.String() != s {
			t.Errorf("ParseKey(%q) = %v, want the same key", s, service)
		}
	})
}

// TestDigitsSortLikeStrings holds the order that the table's search lives on.
func TestDigitsSortLikeStrings(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	random := func() string {
		b := make([]byte, rnd.IntN(13))
		for i := range b {
			b[i] = "0129"[rnd.IntN(4)]
		}
		return string(b)
	}
	for range 20_000 {
		a, b := random(), random()
		da, _ := pack(a)
		db, _ := pack(b)
		if got, want := da < db, a < b; got != want {
			t.Fatalf("%q before %q: got %v, want %v", a, b, got, want)
		}
		if da.String() != a || da.len() != len(a) {
			t.Fatalf("pack(%q) = %v with %d digits", a, da, da.len())
		}
	}
}

func region(t testing.TB, s string) Region {
	t.Helper()
	r, err := ParseRegion(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
