package wire

import (
	"net/url"
	"strconv"
)

// Query is the parameters of a request, read strictly.
type Query struct{ values url.Values }

// ParseQuery reads what stands behind the question mark. An error is an *Error.
func ParseQuery(raw string) (Query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return Query{}, malformed("the query of the URL is malformed: expected name=value, joined by &, percent-encoded")
	}
	return Query{values}, nil
}

// One returns a parameter that may be given at most once.
func (q Query) One(name string) (value string, given bool, err error) {
	all := q.values[name]
	if len(all) > 1 {
		return "", true, &Error{Member: name, Want: "must be given at most once"}
	}
	if len(all) == 0 {
		return "", false, nil
	}
	return all[0], true, nil
}

// All returns a parameter that may be repeated.
func (q Query) All(name string) []string { return q.values[name] }

// Page is limit and offset of a list; what was not given is the default (FIT-Connect contract 3.0). Their bounds are for the
// service that lists.
type Page struct{ Offset, Limit int }

const defaultLimit = 100

// Page reads limit and offset.
func (q Query) Page() (Page, error) {
	p := Page{Limit: defaultLimit}
	for _, number := range []struct {
		name string
		into *int
	}{{"limit", &p.Limit}, {"offset", &p.Offset}} {
		if err := q.number(number.name, number.into); err != nil {
			return Page{}, err
		}
	}
	return p, nil
}

// Number returns a parameter that is a whole number; 0 if it is absent.
func (q Query) Number(name string) (n int, err error) {
	err = q.number(name, &n)
	return n, err
}

func (q Query) number(name string, into *int) error {
	text, given, err := q.One(name)
	if err != nil || !given {
		return err
	}
	const bits = 32 // int32 on the wire
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		return &Error{Member: name, Want: "must be a whole number"}
	}
	*into = int(n)
	return nil
}
