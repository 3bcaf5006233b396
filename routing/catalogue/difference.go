package catalogue

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is what one catalogue has otherwise than another.
type Difference struct {
	Added   []Service // by key, like all lists here
	Removed []Service
	Renamed []Change // called otherwise in some language, or in more or fewer of them
	Changed []Change // only described otherwise
}

// Change is one service before and after.
type Change struct{ Before, After Service }

// Compare says what differs in after.
func Compare(before, after *Catalogue) Difference {
	var d Difference
	for _, s := range after.services {
		old, known := before.ByKey(s.Key)
		switch {
		case !known:
			d.Added = append(d.Added, s)
		case !slices.EqualFunc(old.Texts, s.Texts, sameNames):
			d.Renamed = append(d.Renamed, Change{old, s})
		case !slices.Equal(old.Texts, s.Texts):
			d.Changed = append(d.Changed, Change{old, s})
		}
	}
	for _, s := range before.services {
		if _, kept := after.ByKey(s.Key); !kept {
			d.Removed = append(d.Removed, s)
		}
	}
	return d
}

func sameNames(a, b Text) bool {
	a.Description, b.Description = "", ""
	return a == b
}

// Empty tells whether nothing differs.
func (d Difference) Empty() bool {
	return len(d.Added)+len(d.Removed)+len(d.Renamed)+len(d.Changed) == 0
}

// String counts, for people: "2 added, 1 renamed".
func (d Difference) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{len(d.Added), "added"}, {len(d.Removed), "removed"}, {len(d.Renamed), "renamed"}, {len(d.Changed), "described otherwise"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if parts == nil {
		return "no difference"
	}
	return strings.Join(parts, ", ")
}
