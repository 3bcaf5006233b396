package template_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/broker/template"
)

// A template that every municipality has adopted, read from disk: what a change of it costs each node, once.
func BenchmarkJoin(b *testing.B) {
	const municipalities = 10_953
	store := stores.Files(b)
	must(b, store.Update(b.Context(), func(tx broker.Tx) error {
		raw, err := json.Marshal(map[string]any{"id": "t", "org": "o", "state": "open", "content": map[string]any{
			"name": "Wohngeld", "fees": []map[string]string{{"lang": "de", "text": "kostenlos"}},
		}})
		if err != nil {
			return err
		}
		if err := tx.PutEntry(broker.Entry{Kind: "template", ID: "t", Owner: "o", Value: raw}); err != nil {
			return err
		}
		for i := range municipalities {
			if err := tx.PutEntry(broker.Entry{Kind: "adoption-of", ID: fmt.Sprint(i), Owner: "t"}); err != nil {
				return err
			}
		}
		return nil
	}))
	all := make([]broker.Route, municipalities)
	for i := range all {
		all[i].Adoption = broker.AdoptionID(fmt.Sprint(i))
	}
	b.ResetTimer()
	for b.Loop() {
		must(b, store.View(b.Context(), func(tx broker.Tx) error { return template.Join(tx, all) }))
	}
	if len(all[municipalities-1].Info.Custom) == 0 {
		b.Error("nothing was joined")
	}
}
