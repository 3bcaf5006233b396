package publication_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/storetest/stores"
	"github.com/vierkant/vierkant/crypto/attest"
)

func TestPublishAndChange(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		o := w.office(t, "Stadt")
		out := w.publish(t, o, o.draft("a", trade, "DE055150000000", "DE05515"), o.draft("b", trade, "DE"))
		if out.Revision == nil || out.Revision.Number != 1 || out.Revision.Put != 2 {
			t.Fatalf("got %+v, want revision 1 with two routes", out.Revision)
		}
		before := w.routes(t)
		if got := w.answers(t, "DE05515"); got != "a" {
			t.Errorf("got %q, want the nearest", got)
		}
		if got := before[0].Coverage[0].Regions; !slices.Equal(got, []string{"DE05515"}) {
			t.Errorf("got regions %q, want them once and without padding", got)
		}
		if _, err := attest.Parse(before[0].Signature); err != nil {
			t.Errorf("addressing information: %v", err)
		}
		again := w.publish(t, o, o.draft("b", trade, "DE"), o.draft("a", trade, "DE05515"))
		if !again.Plan.Empty() || again.Revision != nil || again.Plan.Same != 2 {
			t.Errorf("got %+v, want nothing to do", again)
		}
		w.now = w.now.Add(1e12)
		change := o.draft("a", trade, "DE05515")
		change.Name = "Amt A"
		w.publish(t, o, change)
		after := w.routes(t)
		if after[0].ID != before[0].ID || !after[0].Published.Equal(before[0].Published) || after[0].Name != "Amt A" {
			t.Errorf("got %+v, want the same route under another name", after[0])
		}
		if after[0].Signature != before[0].Signature {
			t.Error("it was signed again although it attests the same")
		}
	})
}

func TestEqualsAreAnsweredByAge(t *testing.T) {
	onBothStores(t, open, func(t *testing.T, w *world) {
		o := w.office(t, "Stadt")
		desk := w.destination(t, o, "Zweites", trade)
		second := o.draft("second", trade, "DE05515")
		second.Destination = desk
		w.publish(t, o, o.draft("first", trade, "DE05515"), second)
		if got := w.answers(t, "DE05515"); got != "first second" {
			t.Errorf("got %q, want the order in which they were put", got)
		}
		w.publish(t, o, func() publication.Draft { d := o.draft("first", trade, "DE05515"); d.Priority = -1; return d }())
		if got := w.answers(t, "DE05515"); got != "second" {
			t.Errorf("got %q, want the highest priority alone", got)
		}
	})
}

func TestDraftsThatContradict(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	o, other := w.office(t, "Stadt"), w.office(t, "Land")
	w.publish(t, o, o.draft("there", dogs, "DE05"))
	keyless2 := w.destination(t, o, "Ohne Schlüssel", keyless)
	alter := func(change func(*publication.Draft)) publication.ChangeSet {
		d := o.draft("new", trade, "DE05515")
		change(&d)
		return puts(d)
	}
	many := func() (regions []string) {
		for i := range 4000 {
			regions = append(regions, "DE"+strings.Repeat("1", 8)+string(rune('0'+i/1000%10))+string(rune('0'+i/100%10))+string(rune('0'+i/10%10))+string(rune('0'+i%10)))
		}
		return regions
	}
	for name, c := range map[string]struct {
		set  publication.ChangeSet
		want string
	}{
		"fine":                  {alter(func(*publication.Draft) {}), ""},
		"no key":                {alter(func(d *publication.Draft) { d.Key = "" }), "bad-draft"},
		"a key in capitals":     {alter(func(d *publication.Draft) { d.Key = "New" }), "bad-draft"},
		"no name":               {alter(func(d *publication.Draft) { d.Name = "" }), "bad-draft"},
		"no coverage":           {alter(func(d *publication.Draft) { d.Coverage = nil }), "no-coverage"},
		"no region":             {alter(func(d *publication.Draft) { d.Coverage[0].Regions = nil }), "no-coverage"},
		"no service":            {alter(func(d *publication.Draft) { d.Coverage[0].Services = nil }), "no-coverage"},
		"no such level":         {alter(func(d *publication.Draft) { d.Coverage[0].Regions = []string{"DE0551"} }), "bad-region"},
		"no region at all":      {alter(func(d *publication.Draft) { d.Coverage[0].Regions = []string{"05515"} }), "bad-region"},
		"no URN":                {alter(func(d *publication.Draft) { d.Coverage[0].Services = []string{"99050012104000"} }), "bad-draft"},
		"from after until":      {alter(func(d *publication.Draft) { d.From, d.Until = day(2), day(1) }), "bad-window"},
		"from is until":         {alter(func(d *publication.Draft) { d.From, d.Until = day(1), day(1).Add(9) }), "bad-window"},
		"priority":              {alter(func(d *publication.Draft) { d.Priority = 1 << 40 }), "bad-draft"},
		"link over http":        {alter(func(d *publication.Draft) { d.Info.PrivacyURL = "http://stadt.example" }), "bad-draft"},
		"language twice":        {alter(func(d *publication.Draft) { d.Info.Deadline = []broker.Text{{Language: "de"}, {Language: "de"}} }), "bad-draft"},
		"unit":                  {alter(func(d *publication.Draft) { d.Info.Duration = &broker.Duration{Unit: "fortnight"} }), "bad-draft"},
		"custom":                {alter(func(d *publication.Draft) { d.Info.Custom = []byte("[]") }), "bad-draft"},
		"unknown destination":   {alter(func(d *publication.Draft) { d.Destination = "3fa85f64-5717-4562-b3fc-2c963f66afa6" }), "destination-unknown"},
		"foreign destination":   {alter(func(d *publication.Draft) { d.Destination = other.desk }), "destination-unknown"},
		"service not offered":   {alter(func(d *publication.Draft) { d.Coverage[0].Services = []string{nobodyAt} }), "service-not-offered"},
		"schema not offered":    {alter(func(d *publication.Draft) { d.Coverage[0].Schemas = []string{another} }), "schema-not-offered"},
		"schema offered":        {alter(func(d *publication.Draft) { d.Coverage[0].Schemas = []string{schema} }), ""},
		"too long":              {alter(func(d *publication.Draft) { d.Coverage[0].Regions = many() }), "too-much"},
		"without a key":         {alter(func(d *publication.Draft) { d.Destination, d.Coverage[0].Services = keyless2, []string{keyless} }), ""},
		"same place twice":      {puts(o.draft("x", trade, "DE05"), o.draft("y", trade, "DE05")), "destination-twice"},
		"already there":         {puts(o.draft("x", dogs, "DE05")), "destination-twice"},
		"of a template":         {puts(func() publication.Draft { d := o.draft("there", dogs, "DE05"); d.Adoption = "x"; return d }()), "of-template"},
		"key twice":             {puts(o.draft("x", trade, "DE05"), o.draft("x", dogs, "DE06")), "key-twice"},
		"put and deleted":       {publication.ChangeSet{Put: []publication.Draft{o.draft("there", dogs, "DE06")}, Delete: []string{"there"}}, "key-twice"},
		"deleted, not there":    {publication.ChangeSet{Delete: []string{"nowhere"}}, "key-unknown"},
		"long comment":          {publication.ChangeSet{Comment: strings.Repeat("x", 2000)}, "bad-draft"},
		"one after the other":   {puts(until(o.draft("x", trade, "DE05"), 1), from(o.draft("y", trade, "DE05"), 1)), ""},
		"in different services": {puts(o.draft("x", trade, "DE05")), ""},
	} {
		plan, err := w.Plan(t.Context(), o.reader, o.org, c.set)
		must(t, err)
		if got := codes(plan.Findings, publication.Refuses); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		for _, f := range plan.Findings {
			if f.Severity == publication.Refuses && f.Code != publication.BadDraft && !strings.ContainsAny(f.Text, ":,;") {
				t.Errorf("%s: %q does not say the way out", name, f.Text)
			}
		}
		if c.want == "" {
			continue
		}
		if _, err := w.Publish(t.Context(), o.owner, o.org, c.set); refusals(t, err) != c.want {
			t.Errorf("%s: published with %v, want it refused for %s", name, err, c.want)
		}
	}
	if all := w.routes(t); len(all) != 1 {
		t.Errorf("%d routes are published, want the one from the beginning", len(all))
	}
}

func until(d publication.Draft, n int) publication.Draft { d.Until = day(n); return d }
func from(d publication.Draft, n int) publication.Draft  { d.From = day(n); return d }

func TestWhoMayPublish(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	o, other := w.office(t, "Stadt"), w.office(t, "Land")
	for name, c := range map[string]struct {
		who  broker.Caller
		want broker.Kind
	}{
		"owner": {o.owner, ""}, "developer": {o.developer, ""}, "client": {o.client, ""}, "machine": {machine, ""},
		"operator": {o.operator, broker.Forbidden}, "reader": {o.reader, broker.Forbidden},
		"another's owner": {other.owner, broker.NotFound}, "nobody": {broker.Caller{}, broker.Unauthenticated},
	} {
		_, err := w.Publish(t.Context(), c.who, o.org, puts(o.draft("a", trade, "DE05515")))
		if got := kindOf(err); got != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func kindOf(err error) broker.Kind {
	for _, k := range []broker.Kind{broker.Forbidden, broker.NotFound, broker.Unauthenticated, broker.Conflict, broker.Unprocessable, broker.Invalid} {
		if errors.Is(err, k) {
			return k
		}
	}
	return ""
}

func TestDesiredState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t), open)
	o := w.office(t, "Stadt")
	w.publish(t, o, o.draft("file/a", trade, "DE05515"), o.draft("file/b", dogs, "DE05515"), o.draft("by-hand", trade, "DE06"))
	_, err := w.SetOffline(t.Context(), o.reader, o.org, []string{"file/a"}, true, "")
	isKind(t, err, broker.Forbidden, "forbidden")
	_, err = w.SetOffline(t.Context(), o.operator, o.org, []string{"file/a"}, true, "storm")
	must(t, err)
	want := publication.Desired{Prefix: "file/", Routes: []publication.Draft{o.draft("file/a", trade, "DE055150000000"), o.draft("file/c", trade, "DE07")}}
	set, err := w.Toward(t.Context(), o.reader, o.org, want)
	must(t, err)
	if len(set.Put) != 1 || set.Put[0].Key != "file/c" || !slices.Equal(set.Delete, []string{"file/b"}) {
		t.Fatalf("got %s, want c put and b deleted", asJSON(t, set))
	}
	_, err = w.Publish(t.Context(), o.owner, o.org, set)
	must(t, err)
	set, err = w.Toward(t.Context(), o.reader, o.org, want)
	must(t, err)
	if len(set.Put)+len(set.Delete) != 0 {
		t.Errorf("got %s, want nothing to do the second time", asJSON(t, set))
	}
	all, total, err := w.Published(t.Context(), o.reader, o.org, page)
	must(t, err)
	if total != 3 || all[1].Key != "file/a" || !all[1].Offline {
		t.Errorf("got %s, want three, and a still offline", asJSON(t, all))
	}
}
