package publication_test

import (
	"fmt"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// BenchmarkFind lists a page in the middle of the routes of an organisation, without and with a filter: with few entries, and with a hundred thousand.
func BenchmarkFind(b *testing.B) {
	for _, routes := range []int{100, 10_000} {
		w := newWorld(b, stores.Files(b), open)
		o := w.office(b, "Amt")
		must(b, w.store.Update(b.Context(), func(tx broker.Tx) error {
			for i := range routes {
				r := broker.Route{
					ID: broker.NewID[broker.RouteID](), Org: o.org, Key: fmt.Sprintf("r%05d", i), Name: "Amt", Destination: o.desk,
					Coverage: []broker.Coverage{{Services: []string{trade}, Regions: towns(i%9_000, 10)}}, Published: day(1),
				}
				if err := tx.PutRoute(r); err != nil {
					return err
				}
			}
			return broker.MarkRoutes(tx)
		}))
		_, _, err := w.Find(b.Context(), o.reader, o.org, publication.Filter{}, page) // which follows the publication
		must(b, err)
		for name, f := range map[string]publication.Filter{"all": {}, "filtered": {Service: trade, Region: "DE05"}} {
			b.Run(fmt.Sprintf("%s/entries=%d", name, routes*10), func(b *testing.B) {
				for b.Loop() {
					_, _, err := w.Find(b.Context(), o.reader, o.org, f, broker.Page{Offset: routes / 2, Limit: 50})
					must(b, err)
				}
			})
		}
	}
}
