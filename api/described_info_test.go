package api_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/schemas/openapi"
)

// What a route tells people is described member by member, also where authorities write it.
func TestRouteInfoIsDescribed(t *testing.T) {
	t.Parallel()
	all, err := openapi.All("https://broker.example")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(d openapi.Description) bool { return d.Name == "manage-v1" })
	properties, _ := all[i].Components.Schemas["RouteInfo"]["properties"].(map[string]any)
	got := slices.Sorted(maps.Keys(properties))
	var want []string
	for f := range reflect.TypeFor[wire.RouteInfo]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "destinationName" && name != "origin" {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("described are %v, want %v", got, want)
	}
}
