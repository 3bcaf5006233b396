package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
)

// Catalogue is a checked, immutable set of services; New makes it. It may be used from many goroutines at once.
type Catalogue struct {
	services []Service // by key
	index    func() *index
}

// New makes a catalogue. Every service is checked: the shape of its key, a name, a text per language, a key used once.
// The error names the service by its index.
func New(services []Service) (*Catalogue, error) {
	c := &Catalogue{services: make([]Service, len(services))}
	for i, s := range services {
		s, err := checked(s)
		if err != nil {
			return nil, fmt.Errorf("service %d: %w", i, err)
		}
		c.services[i] = s
	}
	slices.SortStableFunc(c.services, byKey)
	for i := 1; i < len(c.services); i++ {
		if c.services[i].Key == c.services[i-1].Key {
			return nil, fmt.Errorf("the key %s is used twice", c.services[i].Key)
		}
	}
	return c.searchable(), nil
}

// searchable makes the index when it is first asked for: it takes a second for ten thousand services, and a catalogue that is only compared
// needs none.
func (c *Catalogue) searchable() *Catalogue {
	c.index = sync.OnceValue(func() *index { return indexed(c.services) })
	return c
}

func byKey(a, b Service) int { return cmp.Compare(a.Key, b.Key) }

// Len is the number of services.
func (c *Catalogue) Len() int { return len(c.services) }

// ByKey finds a service by its key.
func (c *Catalogue) ByKey(k Key) (Service, bool) {
	i, ok := slices.BinarySearchFunc(c.services, k, func(s Service, k Key) int { return cmp.Compare(s.Key, k) })
	if !ok {
		return Service{}, false
	}
	return c.services[i], true
}

// All lists the services by key, those from offset on, at most limit.
func (c *Catalogue) All(offset, limit int) []Service {
	from, to := window(len(c.services), offset, limit)
	return slices.Clone(c.services[from:to])
}

// window is the part of a list of n that a page shows.
func window(n, offset, limit int) (from, to int) {
	from = min(max(offset, 0), n)
	return from, from + min(max(limit, 0), n-from)
}

// Merge is c with the services of more, which take the place of those of the same key: what is delivered piece by piece becomes one
// catalogue.
func (c *Catalogue) Merge(more *Catalogue) *Catalogue {
	all := slices.Clone(more.services)
	for _, s := range c.services {
		if _, replaced := more.ByKey(s.Key); !replaced {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, byKey)
	return (&Catalogue{services: all}).searchable()
}
