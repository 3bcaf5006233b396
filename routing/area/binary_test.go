package area_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/area"
)

// roundTrip writes c, reads it and writes it again.
func roundTrip(t testing.TB, c *area.Catalogue) *area.Catalogue {
	t.Helper()
	blob, err := c.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	again, err := area.Decode(blob)
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.MarshalBinary()
	if err != nil || !bytes.Equal(blob, second) {
		t.Fatalf("what was read is written in other bytes (%v)", err)
	}
	if again.AsOf() != c.AsOf() || !reflect.DeepEqual(again.All(), c.All()) || !reflect.DeepEqual(again.Formers(), c.Formers()) {
		t.Fatalf("got %d areas of %q and %d former ones, want what was written: %d of %q and %d", again.Len(), again.AsOf(), len(again.Formers()),
			c.Len(), c.AsOf(), len(c.Formers()))
	}
	return again
}

func TestMarshalBinary(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*area.Catalogue{
		"empty": {}, "sample": sample(t), "with former areas": third(t),
	} {
		again := roundTrip(t, c)
		before, _, err := c.Search([]string{"*stadt*"}, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if after, _, err := again.Search([]string{"*stadt*"}, 0, 100); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%s: the search finds %v, %v, want %v", name, after, err, before)
		}
	}
}

// TestMarshalBinaryIsCanonical gives the same areas in another order.
func TestMarshalBinaryIsCanonical(t *testing.T) {
	t.Parallel()
	areas := sample(t).All()
	var blobs [2][]byte
	for i := range blobs {
		c, err := area.New(areas)
		if err != nil {
			t.Fatal(err)
		}
		if blobs[i], err = c.MarshalBinary(); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(areas)
	}
	if !bytes.Equal(blobs[0], blobs[1]) {
		t.Error("the same areas have other bytes in another order")
	}
}

func unpacked(t testing.TB, c *area.Catalogue) string {
	t.Helper()
	blob, err := c.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(blob))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDecodeRejects(t *testing.T) {
	t.Parallel()
	whole := unpacked(t, third(t))
	for _, tc := range []struct{ name, old, new, want string }{
		{"another version", "vierkant areas 1", "vierkant areas 2", `want "vierkant areas 1"`},
		{"nothing", whole, "", `want "vierkant areas 1"`},
		{"areas are not counted", "\t5\t", "\tx\t", "number of areas"},
		{"former areas are not counted", "\t4\n", "\t-4\n", "number of former areas"},
		{"a line is missing", "08\t\tLand", "#", "#"},
		{"a line too many", "\t4\n", "\t5\n", "lines: want"},
		{"a cell is missing", "08\t\t", "08\t", "cells, want 7"},
		{"a former cell is missing", "\t2024-01-01\t", "\t", "cells, want 9"},
		{"population", "\tLand\t0\t", "\tLand\tx\t", "population"},
		{"an ARS", "\n081\t", "\n0x1\t", "ARS"},
		{"round in circles", "2024-01-01\t081110000003", "2024-01-01\t081110000001", "leads back to itself"},
	} {
		broken := strings.Replace(whole, tc.old, tc.new, 1)
		if tc.name == "a line is missing" {
			broken, tc.want = whole[:strings.LastIndexByte(strings.TrimSuffix(whole, "\n"), '\n')], "lines: want"
		}
		if broken == whole {
			t.Errorf("%s: nothing was broken in %q", tc.name, whole)
		}
		if c, err := area.Decode([]byte(broken)); c != nil || err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
	blob, err := third(t).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for cut := range blob {
		if c, err := area.Decode(blob[:cut]); c != nil || err == nil {
			t.Errorf("cut after %d bytes: got a catalogue", cut)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(unpacked(f, third(f))))
	f.Add([]byte("vierkant areas 1\t\t1\t0\n11\t\tBerlin\tLand\t0\t\t\n"))
	f.Add([]byte("vierkant areas 1\t\t4294967296\t0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := area.Decode(b)
		if err != nil {
			return
		}
		roundTrip(t, c)
		for _, former := range c.Formers() {
			if _, note, ok := c.Resolve(former.ID); ok && note != nil {
				_ = note.String()
			}
		}
	})
}
