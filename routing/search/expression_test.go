package search_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/search"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	good := []string{"ab", "*ab", "ab*", "*ab*", "ab*cd", "ab**cd", "*ab*cd*", "Bad Steben", "ab* cd", "a b", "39104", "Ü-", "ab *", strings.Repeat("ü", 100)}
	for _, e := range good {
		if err := search.Check([]string{e}); err != nil {
			t.Errorf("%q: got %v, want it accepted", e, err)
		}
	}
	for _, tc := range []struct {
		name        string
		expressions []string
		index       int
		want        string
	}{
		{"none", nil, -1, "1 to 10"},
		{"eleven", slices.Repeat([]string{"ab"}, 11), -1, "1 to 10 of them, got 11"},
		{"empty", []string{""}, 0, "letters or digits"},
		{"blanks", []string{"  "}, 0, "letters or digits"},
		{"punctuation", []string{"ab", "--"}, 1, "letters or digits"},
		{"one character", []string{"ab", "cd", "a"}, 2, "at least 2 characters"},
		{"one character in two bytes", []string{"ü"}, 0, "at least 2 characters"},
		{"one character and a star", []string{"a*"}, 0, "at least 2 characters"},
		{"star alone", []string{"*"}, 0, "at least 2 characters"},
		{"two stars before", []string{"**ab"}, 0, "at most one *"},
		{"two stars behind", []string{"ab**"}, 0, "at most one *"},
		{"three stars between", []string{"ab***cd"}, 0, "at most one *"},
		{"one character between stars", []string{"ab*c*de"}, 0, "at least 2 characters"},
		{"too long", []string{strings.Repeat("ab*", 34)}, 0, "at most 100 characters"},
	} {
		err := search.Check(tc.expressions)
		var wrong *search.ExpressionError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: got %v, want an ExpressionError", tc.name, err)
			continue
		}
		if wrong.Index != tc.index || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got index %d, %q, want %d and %q", tc.name, wrong.Index, err, tc.index, tc.want)
		}
		if _, _, err := new(search.Index).Search(tc.expressions, 0, 10); !errors.As(err, &wrong) {
			t.Errorf("%s: Search gives %v, want an ExpressionError", tc.name, err)
		}
	}
}
