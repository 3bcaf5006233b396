package area_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/area"
)

// kreis is a catalogue of one Kreis, 08111, with the municipalities of these numbers and names.
func kreis(t testing.TB, municipalities ...string) *area.Catalogue {
	t.Helper()
	areas := []area.Area{
		{ARS: "08", AGS: "08", Name: "Land", Kind: "Land"},
		{ARS: "081", AGS: "081", Name: "Bezirk", Kind: "Regierungsbezirk", Parent: "08"},
		{ARS: "08111", AGS: "08111", Name: "Kreis", Kind: "Landkreis", Parent: "081"},
	}
	for _, m := range municipalities {
		number, name, _ := strings.Cut(m, " ")
		areas = append(areas, area.Area{
			ARS: "081110000" + number, AGS: "08111" + number, Name: name, Kind: "Stadt", Parent: "08111", Seat: "70" + number,
		})
	}
	c, err := area.New(areas)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func succeeds(t testing.TB, old, next *area.Catalogue, csv string) *area.Catalogue {
	t.Helper()
	successors, err := area.ReadSuccessors(strings.NewReader("old_ars,new_ars,date\n" + csv))
	if err != nil {
		t.Fatal(err)
	}
	c, err := next.Succeed(old, successors)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// third is the last of three lists: 001 became a part of 002 and that of 003, nobody knows about 004, and 009 was gone before the first.
func third(t testing.TB) *area.Catalogue {
	t.Helper()
	second := succeeds(t, kreis(t, "001 Adorf", "002 Bdorf", "003 Cdorf", "004 Ddorf"), kreis(t, "002 Bdorf", "003 Cdorf", "004 Ddorf"),
		"081110000001,081110000002,2023-01-01\n")
	return succeeds(t, second, kreis(t, "003 Cdorf", "005 Estadt"),
		"081110000002,081110000003,2024-01-01\n081110000009,081110000001,\n")
}

func TestResolve(t *testing.T) {
	t.Parallel()
	c := third(t)
	for _, tc := range []struct{ ars, want string }{
		{"081110000003", "Cdorf DE081110000003"},
		{"081110000001", "Cdorf DE081110000003, for ARS 081110000001 (Adorf) is no longer in the list of areas of 2023-01-01; its successor is 081110000002"},
		{"081110000002", "Cdorf DE081110000003, for ARS 081110000002 (Bdorf) is no longer in the list of areas of 2024-01-01; its successor is 081110000003"},
		{"081110000004", "Ddorf DE081110000004, for ARS 081110000004 (Ddorf) is no longer in the list of areas; no successor is known, its routes are those of the areas above its digits"},
		{"081110000009", "Cdorf DE081110000003, for ARS 081110000009 is no longer in the list of areas; its successor is 081110000001"},
		{"081110000008", ""},
		{"", ""},
	} {
		ags, _ := area.AGSFromARS(tc.ars)
		byID := resolved(c.Resolve(area.ID(tc.ars)))
		byAGS := resolved(c.ResolveAGS(ags))
		if byID != tc.want || byAGS != tc.want {
			t.Errorf("%s: got %s, by AGS %s, want %s", tc.ars, byID, byAGS, tc.want)
		}
		if ars, ok := c.ARSFromAGS(ags); ok != (tc.want != "") || ok && ars != tc.ars {
			t.Errorf("ARS of AGS %s: got %s, %v, want %s", ags, ars, ok, tc.ars)
		}
	}
	if _, ok := c.ByID("081110000001"); ok {
		t.Error("a former area is in the list")
	}
	if found, _, err := c.Search([]string{"Adorf"}, 0, 1); len(found) != 0 || err != nil {
		t.Errorf("the search offers %v, %v, want no former area", found, err)
	}
}

func resolved(a area.Area, former *area.Former, ok bool) string {
	switch {
	case !ok:
		return ""
	case former == nil:
		return fmt.Sprintf("%s %s", a.Name, a.Region())
	}
	return fmt.Sprintf("%s %s, for %s", a.Name, a.Region(), former)
}

// TestSucceedByAGS: a municipality that changes its association gets another ARS, and keeps its AGS.
func TestSucceedByAGS(t *testing.T) {
	t.Parallel()
	list := func(association string) *area.Catalogue {
		c, err := area.New([]area.Area{
			{ARS: "07", AGS: "07", Name: "Land", Kind: "Land"},
			{ARS: "07" + "143" + association, Name: "VG " + association, Kind: "Verbandsgemeinde", Parent: "07"},
			{ARS: "07" + "143" + association + "272", AGS: "07143272", Name: "Neustadt", Kind: "Stadt", Parent: area.ID("07143" + association)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := succeeds(t, list("5006"), list("5007"), "")
	if got := resolved(c.Resolve("071435006272")); !strings.HasPrefix(got, "Neustadt DE071435007272, for ") {
		t.Errorf("got %s, want Neustadt under its new key", got)
	}
	if got := resolved(c.Resolve("071435006")); !strings.HasPrefix(got, "VG 5006 DE071435006, for ") {
		t.Errorf("got %s, want the association by its own digits", got)
	}
	if ars, ok := c.ARSFromAGS("07143272"); !ok || ars != "071435007272" {
		t.Errorf("got %s, %v, want the ARS of today", ars, ok)
	}
}

// TestSucceedOneOfSeveralRows: a city that was its own Kreis has three rows, for each of which there is the one successor that was given.
func TestSucceedOneOfSeveralRows(t *testing.T) {
	t.Parallel()
	land := area.Area{ARS: "16", AGS: "16", Name: "Thüringen", Kind: "Land"}
	old, err := area.New([]area.Area{
		land,
		{ARS: "16056", AGS: "16056", Name: "Eisenach, Stadt", Kind: "Kreisfreie Stadt", Parent: "16"},
		{ARS: "160560000", Name: "Eisenach, Stadt", Kind: "Verbandsfreie Gemeinde", Parent: "16056"},
		{ARS: "160560000000", AGS: "16056000", Name: "Eisenach, Stadt", Kind: "Kreisfreie Stadt", Parent: "160560000"},
	})
	if err != nil {
		t.Fatal(err)
	}
	next, err := area.New([]area.Area{land, {ARS: "160635054105", AGS: "16063105", Name: "Eisenach", Kind: "Große Kreisstadt", Parent: "16"}})
	if err != nil {
		t.Fatal(err)
	}
	c := succeeds(t, old, next, "160560000000,160635054105,2021-07-01\n")
	for _, ars := range []area.ID{"16056", "160560000", "160560000000"} {
		if a, former, ok := c.Resolve(ars); !ok || former == nil || a.ARS != "160635054105" {
			t.Errorf("%s: got %v, %v, want the Eisenach of today", ars, a, former)
		}
	}
}

func TestAFormerAreaComesBack(t *testing.T) {
	t.Parallel()
	c := succeeds(t, third(t), kreis(t, "001 Adorf", "003 Cdorf"), "")
	if a, former, ok := c.Resolve("081110000001"); !ok || former != nil || a.Name != "Adorf" {
		t.Errorf("got %v, %v, want the area itself", a, former)
	}
	if a, former, ok := c.Resolve("081110000009"); !ok || former == nil || a.Name != "Adorf" {
		t.Errorf("got %v, %v, want what succeeded it", a, former)
	}
}

func TestSucceedRejects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, csv, want string }{
		{"still listed", "081110000002,081110000003,\n", "successors: line 2, column 1: ARS 081110000002 is in the list of areas"},
		{"unknown successor", "081110000001,081110000007,\n", `successors: line 2, column 14: successor "081110000007" of ARS 081110000001: want an area of the list`},
		{"in circles", "081110000001,081110000008,\n081110000008,081110000001,\n", "leads back to itself"},
	} {
		successors, err := area.ReadSuccessors(strings.NewReader("old_ars,new_ars,date\n" + tc.csv))
		if err != nil {
			t.Fatal(err)
		}
		c, err := kreis(t, "002 Bdorf", "003 Cdorf").Succeed(kreis(t, "001 Adorf", "002 Bdorf"), successors)
		if c != nil || err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
	if _, err := kreis(t).Succeed(kreis(t), []area.Succession{{Old: "x", New: "08"}}); err == nil {
		t.Error("got no error for letters")
	}
}

func TestReadSuccessorsRejects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, csv, want string }{
		{"header", "old,new\n", "read successors: line 1, column 1: want the header old_ars,new_ars[,date]"},
		{"digits", "old_ars,new_ars\n0811,0x\n", `line 2, column 6: ARS "0x": want 2, 3, 4, 5, 9 or 12 digits`},
		{"length", "old_ars,new_ars\n081112,08\n", `line 2, column 1: ARS "081112"`},
		{"itself", "old_ars,new_ars\n08,08\n", "line 2, column 4: ARS 08: want another one"},
		{"divided", "old_ars,new_ars\n08111,081\n08111,082\n", "line 3, column 1: ARS 08111: want one successor, line 2 has another"},
		{"date", "old_ars,new_ars,date\n08111,081,1.1.2024\n", `line 2, column 11: date "1.1.2024": want a day since 1990, as 2006-01-02`},
	} {
		if _, err := area.ReadSuccessors(strings.NewReader(tc.csv)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}
