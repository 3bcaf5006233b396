package storetest

import (
	"reflect"
	"slices"

	"github.com/vierkant/vierkant/broker"
)

// table keeps things in the order in which they were first put.
type table[T any] []T

func (t table[T]) find(match func(T) bool) (found T, err error) {
	i := slices.IndexFunc(t, match)
	if i < 0 {
		return found, broker.ErrNoRow
	}
	return copied(t[i]), nil
}

func (t table[T]) where(match func(T) bool) (all []T) {
	for _, v := range t {
		if match(v) {
			all = append(all, copied(v))
		}
	}
	return all
}

// put replaces what matches, in its place, or adds v at the end.
func (t *table[T]) put(m *model, v T, match func(T) bool) error {
	if m.view {
		return errInView
	}
	if i := slices.IndexFunc(*t, match); i >= 0 {
		(*t)[i] = copied(v)
		return nil
	}
	*t = append(*t, copied(v))
	return nil
}

func (t *table[T]) remove(m *model, match func(T) bool) error {
	if m.view {
		return errInView
	}
	*t = slices.DeleteFunc(*t, match)
	return nil
}

// cut returns a page of a list, and how long the list is.
func cut[T any](all []T, p broker.Page) ([]T, int, error) {
	from := min(p.Offset, len(all))
	return all[from:min(from+p.Limit, len(all))], len(all), nil
}

// copied returns a value that shares no memory with v.
func copied[T any](v T) T {
	unshare(reflect.ValueOf(&v).Elem())
	return v
}

func unshare(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Struct && v.Type() != timeType:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				unshare(v.Field(i))
			}
		}
	case v.Kind() == reflect.Slice && !v.IsNil():
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		for i := 0; i < v.Len() && !isFlat(v.Type().Elem()); i++ {
			unshare(v.Index(i))
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		unshare(own.Elem())
		v.Set(own)
	}
}

// isFlat reports whether a list's elements are copied with the list.
func isFlat(t reflect.Type) bool { return t.Kind() == reflect.Uint8 || t.Kind() == reflect.String }
