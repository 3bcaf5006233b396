package storetest

import (
	"bytes"
	"reflect"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// diff shows how two answers differ, within bounds.
func diff[T any](want, got T) string {
	const most = 4000
	s := cmp.Diff(want, got, cmpopts.EquateEmpty())
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// equal compares two answers as cmp.Equal does with EquateEmpty, instants as instants and no list like an empty one, in a hundredth of
// the time: after each transaction everything there is is compared.
func equal(a, b any) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	return x.Type() == y.Type() && equalValues(x, y)
}

func equalValues(a, b reflect.Value) bool {
	if a.Type() == timeType {
		return a.Interface().(time.Time).Equal(b.Interface().(time.Time))
	}
	switch a.Kind() {
	case reflect.Struct:
		return equalFields(a, b)
	case reflect.Slice:
		return equalLists(a, b)
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return equalValues(a.Elem(), b.Elem())
	default:
		return a.Equal(b)
	}
}

func equalFields(a, b reflect.Value) bool {
	for i := range a.NumField() {
		if !equalValues(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}

func equalLists(a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	if a.Type().Elem().Kind() == reflect.Uint8 {
		return bytes.Equal(a.Bytes(), b.Bytes())
	}
	for i := range a.Len() {
		if !equalValues(a.Index(i), b.Index(i)) {
			return false
		}
	}
	return true
}
