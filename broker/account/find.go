package account

import (
	"context"
	"strings"

	"github.com/vierkant/vierkant/broker"
)

// maxFind is how many people are looked at for one search, those who were added first.
const maxFind = 20_000

// maxWanted is longer than what anybody types.
const maxWanted = 200

// FindPeople lists those in whose name or address something stands, in the order in which they were added. Only operators may.
func (a *Accounts) FindPeople(ctx context.Context, who broker.Caller, wanted string, p broker.Page) (found []Person, total int, err error) {
	if wanted = FoldEmail(strings.TrimSpace(wanted)); wanted == "" {
		return a.People(ctx, who, p)
	}
	if err := who.RequireOperator(); err != nil {
		return nil, 0, err
	}
	if len(wanted) > maxWanted {
		return nil, 0, broker.Invalid.New("bad-request", "search for at most %d bytes", maxWanted)
	}
	if err := p.Check(); err != nil {
		return nil, 0, err
	}
	for looked, all := 0, 1; looked < min(all, maxFind); looked += broker.MaxPage {
		people, n, err := a.People(ctx, who, broker.Page{Offset: looked, Limit: broker.MaxPage})
		if err != nil {
			return nil, 0, err
		}
		all = n
		for _, one := range people {
			if !one.matches(wanted) {
				continue
			}
			if total++; total > p.Offset && len(found) < p.Limit {
				found = append(found, one)
			}
		}
	}
	return found, total, nil
}

func (p Person) matches(wanted string) bool {
	return strings.Contains(FoldEmail(p.Name), wanted) || strings.Contains(FoldEmail(p.Email), wanted)
}
