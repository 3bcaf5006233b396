package publication

import "github.com/vierkant/vierkant/broker"

// whole reads a list to its end.
func whole[R any](list func(broker.Page) ([]broker.Entry, int, error)) (all []R, err error) {
	for e, err := range broker.EachEntry(list) {
		if err != nil {
			return nil, err
		}
		r, err := broker.DecodeEntry[R](e)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}
