package client

import (
	"encoding/json"
	"reflect"
	"strings"
)

// decodeExactly is json.Unmarshal for a struct, what it holds and what that holds, but reads a member under its own name only:
// encoding/json would also take one that is spelled in another case, which no schema has judged. What has a decoder of its own
// decodes itself.
func decodeExactly(raw json.RawMessage, into reflect.Value) error {
	switch {
	case into.Kind() == reflect.Struct && !decodesItself(into):
		return decodeMembers(raw, into)
	case into.Kind() == reflect.Slice && !decodesItself(into):
		return decodeItems(raw, into)
	case into.Kind() == reflect.Pointer && string(raw) != "null":
		into.Set(reflect.New(into.Type().Elem()))
		return decodeExactly(raw, into.Elem())
	}
	return json.Unmarshal(raw, into.Addr().Interface())
}

func decodesItself(into reflect.Value) bool {
	_, ok := into.Addr().Interface().(json.Unmarshaler)
	return ok
}

func decodeMembers(raw json.RawMessage, into reflect.Value) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	for i := range into.NumField() {
		name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ",")
		if value, given := members[name]; given {
			if err := decodeExactly(value, into.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func decodeItems(raw json.RawMessage, into reflect.Value) error {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || items == nil {
		return err
	}
	into.Set(reflect.MakeSlice(into.Type(), len(items), len(items)))
	for i, item := range items {
		if err := decodeExactly(item, into.Index(i)); err != nil {
			return err
		}
	}
	return nil
}
