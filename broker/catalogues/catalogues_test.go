package catalogues_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/routing/area"
)

// blobOf reads which blob the entry names; empty if there is no entry.
func blobOf(t testing.TB, d data, id string) broker.BlobID {
	t.Helper()
	var value struct{ Blob broker.BlobID }
	err := d.View(t.Context(), func(tx broker.Tx) error {
		e, err := tx.Entry(catalogues.Entries, id)
		if errors.Is(err, broker.ErrNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(e.Value, &value)
	})
	if err != nil {
		t.Fatal(err)
	}
	return value.Blob
}

func isThere(t testing.TB, d data, id broker.BlobID) bool {
	t.Helper()
	r, err := d.blobs.Open(t.Context(), id)
	if errors.Is(err, broker.ErrNoRow) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	return true
}

func importAreas(t testing.TB, c *catalogues.Catalogues, lists catalogues.AreaLists) catalogues.AreaChange {
	t.Helper()
	change, err := c.ImportAreas(t.Context(), operator, lists)
	if err != nil {
		t.Fatal(err)
	}
	return change
}

func TestImportAreas(t *testing.T) {
	onBoth(t, func(t *testing.T, d data) {
		c := node(t, d)
		sample := c.Areas()
		if !c.AreasState().Sample || sample.Len() < 100 {
			t.Fatalf("got %+v with %d areas, want the sample", c.AreasState(), sample.Len())
		}
		first := catalogues.AreaLists{Areas: areaList(t, "Altdorf 09162001", "Neustadt 09162002")}

		planned, err := c.PlanAreas(t.Context(), operator, first)
		if err != nil || planned.Done || len(planned.Added) != 2 || len(planned.Removed) == 0 {
			t.Fatalf("planned %+v, %v", planned, err)
		}
		if c.Areas() != sample || blobOf(t, d, "areas") != "" || len(deeds(t, d)) != 0 {
			t.Fatal("the plan changed something")
		}

		done := importAreas(t, c, first)
		if !done.Done || !cmp.Equal(planned.Added, done.Added, cmp.AllowUnexported(area.Area{}), cmp.Comparer(sameArea)) {
			t.Errorf("done %+v, want what was planned", done)
		}
		state := c.AreasState()
		if state.Sample || state.By != "operator" || !state.Imported.Equal(noon()) || c.Areas().Len() != 3 {
			t.Errorf("in force: %+v with %d areas", state, c.Areas().Len())
		}
		if formers := c.Areas().Formers(); len(formers) != 0 {
			t.Errorf("got %d former areas, want none of the sample", len(formers))
		}
		if again := importAreas(t, c, first); again.Done || c.AreasState() != state {
			t.Errorf("the same again is done: %v", again.Done)
		}

		old := blobOf(t, d, "areas")
		importAreas(t, c, catalogues.AreaLists{Areas: areaList(t, "Neustadt 09162002")})
		if isThere(t, d, old) || !isThere(t, d, blobOf(t, d, "areas")) {
			t.Error("want the new bytes, and not the old ones")
		}
		want := []string{
			fmt.Sprintf("operator areas.imported: 3 areas: 2 added, %d removed, 0 changed", sample.Len()-1), // but Bayern
			"operator areas.imported: 2 areas: 0 added, 1 removed, 0 changed",
		}
		if got := deeds(t, d); !slices.Equal(got, want) {
			t.Errorf("audit log %q, want %q", got, want)
		}
		if restarted := node(t, d); restarted.Areas().Len() != 2 || restarted.AreasState() != c.AreasState() {
			t.Errorf("after a restart %d areas, %+v", restarted.Areas().Len(), restarted.AreasState())
		}
	})
}

func sameArea(a, b area.Area) bool { return a.ID == b.ID && a.Name == b.Name }

// TestAreasSucceed: keys and postcodes of the list that was imported before are kept.
func TestAreasSucceed(t *testing.T) {
	t.Parallel()
	d := opened(stores.InFiles(t))
	c := node(t, d)
	importAreas(t, c, catalogues.AreaLists{
		Areas:     areaList(t, "Altdorf 09162001", "Neustadt 09162002", "Weiler 09162003"),
		Postcodes: []area.Postcode{{Code: "80001", AGS: "09162001"}, {Code: "80002", AGS: "09162002"}, {Code: "99999", AGS: "09999999"}},
	})
	successors, err := area.ReadSuccessors(strings.NewReader("old_ars,new_ars,date\n091620000001,091620000002,2026-01-01\n"))
	if err != nil {
		t.Fatal(err)
	}
	change := importAreas(t, c, catalogues.AreaLists{Areas: areaList(t, "Neustadt 09162002"), Successors: successors})
	if len(change.Removed) != 2 || len(change.Notes) != 1 {
		t.Errorf("got %d removed, notes %q, want 2 and the postcode of Weiler", len(change.Removed), change.Notes)
	}
	for ars, want := range map[area.ID]area.ID{"091620000001": "091620000002", "091620000003": "091620000003"} {
		got, former, ok := c.Areas().Resolve(ars)
		if !ok || former == nil || got.ID != want {
			t.Errorf("%s resolves to %s, former %v, %v, want %s", ars, got.ID, former, ok, want)
		}
	}
	if found := c.Areas().ByPostcode("80001"); len(found) != 1 || found[0].ID != "091620000002" {
		t.Errorf("the postcode of Altdorf finds %v, want its successor", found)
	}
}

func TestImportServices(t *testing.T) {
	onBoth(t, func(t *testing.T, d data) {
		c := node(t, d)
		steps := []struct {
			name    string
			list    catalogues.ServiceList
			merge   bool
			want    string // the difference
			in      int    // services in force
			applied bool
		}{
			{"merged with nothing", serviceList(t, "urn:a:one,eins"), true, "", 1, true},
			{"merged", serviceList(t, "urn:a:two,zwei"), true, "1 added", 2, true},
			{"merged again", serviceList(t, "urn:a:two,zwei"), true, "no difference", 2, false},
			{"renamed", serviceList(t, "urn:a:two,zwo"), true, "1 renamed", 2, true},
			{"replaced", serviceList(t, "urn:a:three,drei"), false, "1 added, 2 removed", 1, true},
		}
		for _, s := range steps {
			s.list.Merge = s.merge
			planned, err := c.PlanServices(t.Context(), operator, s.list)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.ImportServices(t.Context(), operator, s.list)
			if err != nil {
				t.Fatal(err)
			}
			if got.Done != s.applied || got.Services != s.in || c.Services().Len() != s.in || s.want != "" && got.String() != s.want {
				t.Errorf("%s: got %s, %d services, done %v, want %s, %d, %v", s.name, got, c.Services().Len(), got.Done, s.want, s.in, s.applied)
			}
			if planned.String() != got.String() {
				t.Errorf("%s: planned %s, did %s", s.name, planned, got)
			}
		}
		if log := deeds(t, d); len(log) != 4 || log[3] != "operator services.imported: 1 added, 2 removed" {
			t.Errorf("audit log %q", log)
		}
	})
}

func TestAttribution(t *testing.T) {
	t.Parallel()
	c := node(t, opened(stores.InFiles(t)))
	list := serviceList(t, "urn:a:one,eins")
	for _, step := range []struct {
		given string
		merge bool
		want  string
	}{{"somebody", false, "somebody"}, {"", true, "somebody"}, {"somebody else", true, "somebody else"}, {"", false, ""}} {
		list.Attribution, list.Merge = step.given, step.merge
		change, err := c.ImportServices(t.Context(), operator, list)
		if err != nil || change.Done != (step.given != "" || !step.merge) || c.ServicesState().Attribution != step.want {
			t.Errorf("%+v: attributed to %q, done %v, %v", step, c.ServicesState().Attribution, change.Done, err)
		}
	}
	list.Attribution = strings.Repeat("x", 1025)
	if _, err := c.ImportServices(t.Context(), operator, list); !errors.Is(err, broker.Invalid) {
		t.Errorf("a long attribution: got %v, want Invalid", err)
	}
}

func TestOnlyOperatorsImport(t *testing.T) {
	t.Parallel()
	d := opened(stores.InFiles(t))
	c := node(t, d)
	for _, tc := range []struct {
		name string
		who  broker.Caller
		may  bool
	}{
		{"nobody", broker.Caller{}, false},
		{"client", broker.Caller{Client: "c", Org: "o", Scopes: []broker.Scope{broker.ScopeManage}}, false},
		{"owner", broker.PersonCaller("p", "o", broker.RoleOwner), false},
		{"operator who is a person", broker.PlatformCaller("p"), true},
	} {
		lists := catalogues.AreaLists{Areas: areaList(t)}
		for what, try := range map[string]func() error{
			"plan areas":      func() error { _, err := c.PlanAreas(t.Context(), tc.who, lists); return err },
			"import areas":    func() error { _, err := c.ImportAreas(t.Context(), tc.who, lists); return err },
			"plan services":   func() error { _, err := c.PlanServices(t.Context(), tc.who, serviceList(t)); return err },
			"import services": func() error { _, err := c.ImportServices(t.Context(), tc.who, serviceList(t)); return err },
		} {
			if err := try(); (err == nil) != tc.may || !tc.may && !errors.Is(err, broker.Forbidden) {
				t.Errorf("%s, %s: got %v", tc.name, what, err)
			}
		}
	}
	if got := deeds(t, d); len(got) != 2 || !strings.HasPrefix(got[0], "person p ") {
		t.Errorf("audit log %q", got)
	}
}

// TestOfTwoImportsOneIsRefused: the difference that was shown would not be the one that is made.
func TestOfTwoImportsOneIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, d data) {
		other := node(t, d)
		held := &interrupted{Blobs: d.blobs}
		c := node(t, data{d.Store, held})
		held.before = func() { importAreas(t, other, catalogues.AreaLists{Areas: areaList(t, "Altdorf 09162001")}) }
		_, err := c.ImportAreas(t.Context(), operator, catalogues.AreaLists{Areas: areaList(t, "Neustadt 09162002")})
		if !errors.Is(err, broker.Conflict) {
			t.Fatalf("got %v, want Conflict", err)
		}
		if got := node(t, d).Areas(); !bytes.Equal(stored(t, d, "areas"), form(t, got)) || got.Len() != 2 {
			t.Errorf("in force are %d areas", got.Len())
		}
		if change := importAreas(t, c, catalogues.AreaLists{Areas: areaList(t, "Neustadt 09162002")}); len(change.Removed) != 1 {
			t.Errorf("again: %+v, want what differs from the other import", change)
		}
	})
}

func form(t testing.TB, c *area.Catalogue) []byte {
	t.Helper()
	b, err := c.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReloadWhileReplaced: between the look at the entry and the one at the bytes another node replaces both.
func TestReloadWhileReplaced(t *testing.T) {
	onBoth(t, func(t *testing.T, d data) {
		other := node(t, d)
		importAreas(t, other, catalogues.AreaLists{Areas: areaList(t, "Altdorf 09162001")})
		held := &interrupted{Blobs: d.blobs}
		held.before = func() { importAreas(t, other, catalogues.AreaLists{Areas: areaList(t)}) }
		if c := node(t, data{d.Store, held}); c.AreasState() != other.AreasState() || c.Areas().Len() != 1 {
			t.Errorf("got %d areas of %+v, want those of the other import", c.Areas().Len(), c.AreasState())
		}
	})
}

func TestNodesFollow(t *testing.T) {
	t.Parallel()
	d := opened(stores.InDatabase(t))
	a, b := node(t, d), node(t, d)
	importAreas(t, a, catalogues.AreaLists{Areas: areaList(t, "Altdorf 09162001")})
	if _, err := a.ImportServices(t.Context(), operator, serviceList(t, "urn:a:one,eins")); err != nil {
		t.Fatal(err)
	}
	if err := b.Reload(t.Context()); err != nil || b.AreasState() != a.AreasState() || b.ServicesState() != a.ServicesState() {
		t.Errorf("the other node has %+v and %+v, %v", b.AreasState(), b.ServicesState(), err)
	}
	held := b.Areas()
	if err := b.Reload(t.Context()); err != nil || b.Areas() != held {
		t.Errorf("what is in force was read again (%v)", err)
	}
}

// TestBroken: what was stored is damaged. The catalogue in force stays, the error says so, and an import mends it.
func TestBroken(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, path string){
		"gone": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"changed": func(t *testing.T, path string) { write(t, path, slices.Concat(read(t, path), []byte("x"))) },
		"cut off": func(t *testing.T, path string) { write(t, path, read(t, path)[:10]) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			d := files(t, folder)
			c := node(t, d)
			list := catalogues.AreaLists{Areas: areaList(t, "Altdorf 09162001")}
			importAreas(t, c, list)
			id := string(blobOf(t, d, "areas"))
			damage(t, filepath.Join(folder, "blobs", id[:2], id[2:4], id))
			if err := c.Reload(t.Context()); err != nil || c.Areas().Len() != 2 {
				t.Errorf("a running node: %v, want what it has", err)
			}
			restarted, err := catalogues.New(catalogues.Config{Store: d.Store, Blobs: d.blobs, Log: logTo(t), Now: noon})
			if err != nil {
				t.Fatal(err)
			}
			if err := restarted.Reload(t.Context()); !errors.Is(err, catalogues.ErrBroken) || !restarted.AreasState().Sample {
				t.Errorf("after a restart: %v, want ErrBroken, and the sample in force", err)
			}
			if change := importAreas(t, restarted, list); !change.Done {
				t.Error("the import did nothing")
			}
			if err := c.Reload(t.Context()); err != nil || c.AreasState() != restarted.AreasState() || restarted.Areas().Len() != 2 {
				t.Errorf("mended: %v, %+v", err, c.AreasState())
			}
		})
	}
}
