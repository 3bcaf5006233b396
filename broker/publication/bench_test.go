package publication_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// BenchmarkPlan plans routes of 10,000 regions and 30 services where a million entries of others stand.
func BenchmarkPlan(b *testing.B) {
	w := newWorld(b, stores.Files(b), closed)
	services := make([]string, 30)
	for i := range services {
		services[i] = fmt.Sprintf("urn:de:fim:leika:leistung:990500121040%02d", i)
	}
	o := w.office(b, "Land")
	o.desk = w.destination(b, o, "Alles", services...)
	w.grant(b, o, "DE")
	entries := w.crowd(b, services)
	if _, err := w.Consent(b.Context(), machine, "", o.org, nil, "DE"); err != nil {
		b.Fatal(err)
	}
	var set publication.ChangeSet
	for i := range 5 {
		d := o.draft(number(i), trade, towns(i*2000, 2000)...)
		d.Coverage[0].Services = services
		set.Put = append(set.Put, d)
	}
	for b.Loop() {
		plan, err := w.Plan(b.Context(), o.owner, o.org, set)
		must(b, err)
		if plan.Refused() || len(plan.Changes) != 5 {
			b.Fatalf("got %d changes and %v", len(plan.Changes), plan.Findings[0])
		}
	}
	b.ReportMetric(float64(entries), "entries")
	b.ReportMetric(10_000*30, "places")
}

// crowd is 20 organisations with 84 routes each, of 30 services in 20 towns, a million entries in all.
func (w *world) crowd(b *testing.B, services []string) (entries int) {
	err := w.store.Update(context.Background(), func(tx broker.Tx) error {
		for i := range 20 {
			org := broker.Org{ID: broker.NewID[broker.OrgID](), Name: number(i)}
			if err := tx.PutOrg(org); err != nil {
				return err
			}
			for j := range 84 {
				r := broker.Route{
					ID: broker.NewID[broker.RouteID](), Org: org.ID, Key: number(j), Name: "Amt", Destination: broker.NewID[broker.DestinationID](),
					Coverage:  []broker.Coverage{{Services: services, Regions: towns((i*84+j)*6%9_900, 20)}},
					Published: time.Unix(int64(i*84+j), 0).UTC(), Priority: i,
				}
				entries += 600
				if err := tx.PutRoute(r); err != nil {
					return err
				}
			}
		}
		return nil
	})
	must(b, err)
	for _, r := range w.routes(b) {
		if r.Key == number(0) {
			if _, err := w.Grant(b.Context(), machine, r.Org, nil, "DE"); err != nil {
				b.Fatal(err)
			}
		}
	}
	return entries
}

// towns are keys of municipalities.
func towns(from, n int) (regions []string) {
	for i := range n {
		regions = append(regions, fmt.Sprintf("DE%02d%03d%04d%03d", 1+(from+i)%16, 1+(from+i)/16%100, 5000, 1+(from+i)/16%999))
	}
	return regions
}
