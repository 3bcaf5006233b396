package catalogues_test

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/blobdir"
	"github.com/vierkant/vierkant/broker/bolt"
	"github.com/vierkant/vierkant/broker/catalogues"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/routing/area"
	"github.com/vierkant/vierkant/routing/catalogue"
)

var operator = broker.Operator("")

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// data are a store with its blobs.
type data struct {
	broker.Store
	blobs broker.Blobs
}

func files(t testing.TB, folder string) data {
	t.Helper()
	store, err := bolt.Open(bolt.Config{Path: filepath.Join(folder, "db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blobdir.Open(filepath.Join(folder, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		store.Close()
		blobs.Close()
	})
	return data{store, blobs}
}

// onBoth runs a test on files and on a database.
func onBoth(t *testing.T, test func(*testing.T, data)) {
	t.Helper()
	stores.OnBothPlaces(t, func(t *testing.T, at stores.Place) { test(t, opened(at)) })
}

func opened(at stores.Place) data {
	store, blobs := at()
	return data{store, blobs}
}

// node opens the catalogues as a node does when it starts.
func node(t testing.TB, d data) *catalogues.Catalogues {
	t.Helper()
	c, err := catalogues.New(catalogues.Config{Store: d.Store, Blobs: d.blobs, Log: slog.New(slog.DiscardHandler), Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// areaList is a Land with municipalities that belong to no association: "Neustadt 09162000".
func areaList(t testing.TB, municipalities ...string) *area.Catalogue {
	t.Helper()
	text := "ars,ags,name,kind,parent_ars,postal_code\n09,09,Bayern,Land,,\n"
	for _, m := range municipalities {
		name, ags, _ := strings.Cut(m, " ")
		text += ags[:5] + "0000" + ags[5:] + "," + ags + "," + name + ",Stadt,09,80331\n"
	}
	c, err := area.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serviceList(t testing.TB, rows ...string) catalogues.ServiceList {
	t.Helper()
	r, err := catalogue.Read(strings.NewReader("key,name\n" + strings.Join(rows, "\n") + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return catalogues.ServiceList{Services: r.Catalogue, Notes: r.Notes}
}

// stored reads the bytes of a catalogue; nil if nothing was imported.
func stored(t testing.TB, d data, id string) []byte {
	t.Helper()
	name := blobOf(t, d, id)
	if name == "" {
		return nil
	}
	r, err := d.blobs.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func deeds(t testing.TB, d data) (all []string) {
	t.Helper()
	err := d.View(t.Context(), func(tx broker.Tx) error {
		found, _, err := broker.Deeds(tx, "", broker.Page{Limit: 100})
		all = nil
		for _, f := range found {
			all = append(all, f.Who+" "+f.Deed+": "+f.Detail)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// interrupted does something else, once, before a blob is put or opened.
type interrupted struct {
	broker.Blobs
	before func()
}

func (i *interrupted) interrupt() {
	if do := i.before; do != nil {
		i.before = nil
		do()
	}
}

func (i *interrupted) Put(ctx context.Context, r io.Reader) (broker.BlobID, int64, error) {
	i.interrupt()
	return i.Blobs.Put(ctx, r)
}

func (i *interrupted) Open(ctx context.Context, id broker.BlobID) (io.ReadSeekCloser, error) {
	i.interrupt()
	return i.Blobs.Open(ctx, id)
}
