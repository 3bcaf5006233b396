package attest_test

import (
	"testing"

	"github.com/vierkant/vierkant/crypto/attest"
)

const rs = "urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:"

func TestRegionURN(t *testing.T) {
	t.Parallel()
	for ars, want := range map[string]string{
		"": rs + "000000000000", "000000000000": rs + "000000000000", "09": rs + "09", "091": rs + "091", "09162": rs + "09162",
		"120645410": rs + "120645410", "064350014014": rs + "064350014014", "090000000000": rs + "090000000000",
		"9": "", "0916": "", "09162000": "", "0916200000000": "", "DE": "", "DE09": "", "0x": "", "٠٩": "",
	} {
		got, err := attest.RegionURN(ars)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v, want %q", ars, got, err, want)
		}
	}
}

func TestRegion(t *testing.T) {
	t.Parallel()
	for urn, want := range map[string]struct {
		ars string
		ok  bool
	}{
		rs + "000000000000": {"", true}, rs + "00": {"", true}, rs + "09": {"09", true}, rs + "090000000000": {"090000000000", true},
		rs: {"", false}, rs + "DE": {"", false}, rs + "0916": {"", false}, "09": {"", false}, "": {"", false},
		"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:ags:09": {"", false},
	} {
		if got, ok := attest.Region(urn); got != want.ars || ok != want.ok {
			t.Errorf("%q: got %q, %t, want %q, %t", urn, got, ok, want.ars, want.ok)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		claimed, asked string
		want           bool
	}{
		{"", "", true}, {"", "02", true}, {"", "064350014014", true}, {"000000000000", "09", true},
		{"02", "020000000000", true}, {"020000000000", "02", true}, {"02", "02000", true},
		{"09", "091", true}, {"091", "09", false}, {"091", "09162", true}, {"091", "092", false},
		{"091000000000", "09162", true}, {"09162", "091620000000", true}, {"091620000000", "09162", true},
		{"010010000000", "01001", true}, {"01001", "01002", false},
		{"064350014", "064350014014", true}, {"064350014000", "064350014014", true}, {"064350014014", "064350014", false},
		{"10", "01", false}, {"100410100100", "100410100100", true},
	} {
		claims := attest.Claims{Services: []attest.Service{{Regions: []string{c.claimed}, Services: []string{leika}}}}
		if got := claims.Covers(leika, c.asked); got != c.want {
			t.Errorf("%q covers %q: got %t, want %t", c.claimed, c.asked, got, c.want)
		}
	}
}
