package schemas_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// corpus makes variants of a document, the same ones in every run.
type corpus struct {
	t     testing.TB
	rand  *rand.Rand
	fresh func(*rand.Rand) any // a new, good document
}

func newCorpus(t testing.TB, fresh func(*rand.Rand) any) *corpus {
	return &corpus{t: t, rand: rand.New(rand.NewPCG(17, 4)), fresh: fresh}
}

// metadataWith is full metadata, every second time with another reply channel.
func metadataWith(t testing.TB, file string) func(*rand.Rand) any {
	return func(random *rand.Rand) any {
		document := any(full(t, file))
		if random.IntN(2) == 0 {
			document = edit(t, document, "/replyChannel", pick(random, channels()))
		}
		return document
	}
}

// systematic makes every document that differs in one place by one of a few changes, the unchanged one first.
func (c *corpus) systematic() []any {
	original := string(encode(c.t, c.fresh(c.rand)))
	list := []any{decode(c.t, original)}
	for _, at := range pointers(list[0], "") {
		place := find(c.t, list[0], at)
		for _, text := range c.changes(place) {
			list = append(list, edit(c.t, decode(c.t, original), at, text))
		}
		if isMember(c.t, list[0], at) {
			list = append(list, edit(c.t, decode(c.t, original), at, absent))
		}
	}
	return list
}

// isMember tells members of objects from items of lists and from the whole.
func isMember(t testing.TB, document any, at string) bool {
	if at == "" {
		return false
	}
	_, inObject := find(t, document, at[:strings.LastIndex(at, "/")]).(map[string]any)
	return inObject
}

// changes are what is put into a place that held this before.
func (c *corpus) changes(place any) []string {
	all := []string{`null`, `{}`, `[]`, `""`, `7`, `-1`, `1.5`, `true`, `"x"`, `["x"]`, `{"x":1}`}
	switch place := place.(type) {
	case string:
		all = append(all, quote(place+"x"), quote("x"+place), quote(strings.ToUpper(place)), quote(place+"\n"))
	case []any:
		all = append(all, c.doubled(place))
	}
	return all
}

// next makes a document by changes that are drawn by chance. Every second time the first one does no harm where unknown members are
// allowed, and often it is the only one: else good documents would be rare.
func (c *corpus) next() any {
	document := c.fresh(c.rand)
	if c.rand.IntN(2) == 0 {
		c.extend(document)
		if c.rand.IntN(2) == 0 {
			return document
		}
	}
	for range 1 + c.rand.IntN(2) {
		document = c.mutate(document)
	}
	return document
}

// extend adds a member to some object.
func (c *corpus) extend(document any) {
	places := slices.DeleteFunc(pointers(document, ""), func(at string) bool {
		_, isObject := find(c.t, document, at).(map[string]any)
		return !isObject
	})
	object := find(c.t, document, pick(c.rand, places)).(map[string]any)
	object[fmt.Sprintf("extra%d", c.rand.IntN(1000))] = "more"
}

// mutate changes one place that is drawn by chance.
func (c *corpus) mutate(document any) any {
	at := pick(c.rand, pointers(document, ""))
	switch place := find(c.t, document, at).(type) {
	case map[string]any:
		return c.mutateObject(document, at, place)
	case []any:
		return edit(c.t, document, at, pick(c.rand, []string{`[]`, `[null]`, `"list"`, c.doubled(place)}))
	case string:
		return edit(c.t, document, at, c.text(place))
	default:
		return edit(c.t, document, at, pick(c.rand, []string{`0`, `-1`, `99`, `100`, `404.0`, `599`, `600`, `0.01`, `0.005`, `26.010`, `1e3`, `12`, `true`, `false`, `null`, `"7"`}))
	}
}

func (c *corpus) mutateObject(document any, at string, object map[string]any) any {
	switch c.rand.IntN(8) {
	case 0:
		return edit(c.t, document, at, pick(c.rand, []string{`null`, `[]`, `"object"`, `{}`}))
	case 1, 2, 3:
		object[fmt.Sprintf("extra%d", c.rand.IntN(1000))] = "more"
	default:
		if len(object) > 0 {
			delete(object, pick(c.rand, slices.Sorted(maps.Keys(object))))
		}
	}
	return document
}

// text breaks a string's pattern, length, format or type, or leaves it good.
func (c *corpus) text(old string) string {
	return pick(c.rand, []string{
		`""`, `null`, `7`, `["list"]`, `"x"`, `"` + strings.Repeat("x", 37) + `"`, `"` + strings.Repeat("a", 700) + `"`,
		`"application/xml"`, `"application/json"`, `"form"`, `"data"`, `"report"`, `"sha512"`, `"BOOKED"`, `"INVOICE"`, `"asic"`,
		`"2026-12-31"`, `"2026-12-31T23:59:60Z"`, `"2026-13-01"`, `"urn:example:x"`, `"https://example.org/a b"`, `"a@b.de"`,
		`"0c2a1f4e-9d4c-4a53-8f0e-5f6f2c9f7a1F"`, `"{0c2a1f4e-9d4c-4a53-8f0e-5f6f2c9f7a1}"`, `"http://uri.etsi.org/ades/191x2/level/baseline/B-LTA#"`,
		`"DE"`, `"DE09"`, `"DE0947501561567"`, `"urn:a:b"`, `"urn:a:"`, `"1.3.0"`, `"1.03.0"`, `"created"`, `"inactive"`, `"wrapKey"`, `"verify"`, `"PS512"`,
		`"http://a.example/x"`, `"https://a.example/x"`, `"` + strings.Repeat("x", 513) + `"`,
		quote(old + "x"), quote(old + "§"), quote("§" + old), quote(strings.ToUpper(old)), quote(old + "\n"), quote(old + "1"),
	})
}

func (c *corpus) doubled(list []any) string {
	return string(encode(c.t, append(slices.Clone(list), list...)))
}

// escape is the reverse of unescape.
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// quote writes a JSON string.
func quote(text string) string {
	raw, _ := json.Marshal(text) // a string can always be written
	return string(raw)
}

func pick[T any](source *rand.Rand, list []T) T { return list[source.IntN(len(list))] }

// pointers lists all places of a document in a fixed order.
func pointers(place any, at string) []string {
	list := []string{at}
	switch place := place.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(place)) {
			list = append(list, pointers(place[name], at+"/"+escape(name))...)
		}
	case []any:
		for i, item := range place {
			list = append(list, pointers(item, fmt.Sprintf("%s/%d", at, i))...)
		}
	}
	return list
}

// checkCombinations applies several rules at once to one document: enough good documents by good rules, and enough broken ones by
// good rules and one that must be found.
func checkCombinations(t *testing.T, fresh func() map[string]any, validate func([]byte) error, rules []rule) {
	t.Helper()
	random := rand.New(rand.NewPCG(17, 4))
	harmless := slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return r.expected != good })
	harmful := slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return r.expected == good })
	for i := range enough {
		document, _ := combine(t, random, fresh(), harmless, nil)
		document["extra"] = i
		checkVerdict(t, validate(encode(t, document)), rule{expected: good})

		last := harmful[i%len(harmful)]
		document, used := combine(t, random, fresh(), harmless, []string{last.at})
		document["extra"] = i
		if broken := edit(t, document, last.at, last.text); !t.Failed() {
			checkVerdict(t, validate(encode(t, broken)), last)
		}
		if t.Failed() {
			t.Fatalf("with changes at %q and %s=%s", used, last.at, last.text)
		}
	}
}

// combine applies up to three rules whose places have nothing to do with each other, nor with those taken.
func combine(t *testing.T, random *rand.Rand, document map[string]any, rules []rule, taken []string) (map[string]any, []string) {
	t.Helper()
	for range 1 + random.IntN(3) {
		next := pick(random, rules)
		related := func(at string) bool { return strings.HasPrefix(at, next.at) || strings.HasPrefix(next.at, at) }
		if slices.ContainsFunc(taken, related) {
			continue
		}
		document = edit(t, document, next.at, next.text).(map[string]any)
		taken = append(taken, next.at)
	}
	return document, taken
}
