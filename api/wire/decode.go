package wire

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
)

// Read decodes the one JSON document that r holds; the caller bounds its length. Errors: *Error, and those of r.
func Read(r io.Reader, into any) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return Decode(text, into)
}

// Decode checks a JSON text (see Check) and decodes it into the struct that into points to. Members that the struct does not have
// are ignored, null is the same as absent. An error is an *Error that names the member.
func Decode(text []byte, into any) error {
	if err := Check(text); err != nil {
		return err
	}
	err := json.Unmarshal(text, into)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return typeError(mistyped)
	}
	if err != nil {
		return malformed("the body is not valid JSON")
	}
	return nil
}

func typeError(e *json.UnmarshalTypeError) error {
	if e.Field == "" {
		return malformed("the body must be a JSON object")
	}
	return &Error{Member: clip(e.Field), Want: "must be " + kindName(e.Type) + ", not " + e.Value}
}

// kindName says in words of JSON what a Go type takes.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	}
	return "a whole number"
}
