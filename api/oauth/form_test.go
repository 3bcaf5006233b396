package oauth

import (
	"errors"
	"net/url"
	"testing"
)

// Whatever is accepted says the same as the standard library's reading, each parameter once.
func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{"grant_type=client_credentials&client_id=a&client_secret=b", "a=1&a=2", "a=%zz", "a;b", "=&==", "scope=%20"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := parseForm(body)
		var refused *refusal
		if err != nil {
			if !errors.As(err, &refused) || refused.code != "invalid_request" {
				t.Errorf("%q: got %v", body, err)
			}
			return
		}
		want, err := url.ParseQuery(body)
		if err != nil || len(want) != len(got) {
			t.Fatalf("%q: got %v, want %v, %v", body, got, want, err)
		}
		for name, values := range want {
			if len(values) != 1 || got[name] != values[0] {
				t.Errorf("%q: got %v, want %v", body, got, want)
			}
		}
		_ = got.checkGrant()
	})
}
