package storetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// filler gives every field of a value something that is not zero and that no other field has, so that a field that a store forgets or
// mixes up is found out. It knows no noun: a field added to the vocabulary is tested from that day on.
type filler struct {
	n    int
	long int // bytes that a text of no special type has at least
}

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

// epoch is some instant, in a zone that no store would choose, down to the nanosecond.
var epoch = time.Date(2026, 3, 29, 1, 30, 0, 123456789, time.FixedZone("somewhere", 5*3600+1800))

// filled returns a T with every field set.
func filled[T any](f *filler) T {
	var v T
	f.fill(reflect.ValueOf(&v).Elem())
	return v
}

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch {
	case v.Type() == timeType:
		v.Set(reflect.ValueOf(epoch.Add(time.Duration(f.n) * 1000003 * time.Microsecond)))
		return
	case v.Type() == rawType:
		v.SetBytes(fmt.Appendf(nil, "{ \"n\":%d,\n \"ü\" : \"<&>\" }", f.n)) // spaces and order are to stay
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text(v.Type().Name()))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(f.n))
	case reflect.Int64:
		v.SetInt(1<<40 + int64(f.n))
	case reflect.Uint8:
		v.SetUint(uint64(200 + f.n%50))
	default:
		f.fillParts(v)
	}
}

func (f *filler) fillParts(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	default:
		panic(fmt.Sprintf("storetest cannot fill a %s", v.Type()))
	}
}

// text returns a UUID for identifiers, as they are on the wire, and otherwise what JSON, SQL and HTML would each rather not see.
func (f *filler) text(typeName string) string {
	if strings.HasSuffix(typeName, "ID") {
		return fmt.Sprintf("%08x-0000-4000-8000-%012x", f.n*7919%65536, f.n)
	}
	text := fmt.Sprintf("%d <ü€😀> \"'\\ %%s", f.n)
	if typeName == "string" && len(text) < f.long {
		text = strings.Repeat(text, f.long/len(text)+1)
	}
	return text
}

// scribble overwrites all memory that a value shares with others.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			return
		}
		for i := range v.NumField() {
			scribble(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Pointer:
		if !v.IsNil() {
			scribble(v.Elem())
			v.Elem().SetZero()
		}
	}
}

// scribbleOn overwrites what value points to.
func scribbleOn[T any](value T) { scribble(reflect.ValueOf(value)) }
