package client

import (
	"context"
	"fmt"
)

// pageSize is how many items are asked for at once, the most there are (FIT-Connect contract 3.0).
const pageSize = 500

// page asks for the items from offset on and returns them with the number that the server says there are in all; 0 if it says
// none, as the first generation may.
type page[T any] func(ctx context.Context, offset, limit int) (items []T, total int, err error)

// all reads a list of at most so many items page by page. A list that ends before its announced total is an error: whoever cuts
// a list must not pass for the one who wrote it.
func (p page[T]) all(ctx context.Context, most int) ([]T, error) {
	var list []T
	for {
		items, total, err := p(ctx, len(list), pageSize)
		if err != nil {
			return nil, err
		}
		list = append(list, items...)
		switch got := len(items); {
		case len(list) > most:
			return nil, fmt.Errorf("expected at most %d items, found more", most)
		case got == 0 && len(list) < total:
			return nil, fmt.Errorf("the list ends after %d of %d items", len(list), total)
		case got == 0, got < pageSize && len(list) >= total:
			return list, nil
		}
	}
}
