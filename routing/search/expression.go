package search

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a search. The contract has the first; the second is ours. It has room for two of the longest names and bounds what one
// request can cost.
const (
	MaxExpressions      = 10
	MaxExpressionLength = 100 // characters
)

// ExpressionError says which search expression is wrong and what it should have been.
type ExpressionError struct {
	Index int    // counted from 0; -1 if there are too many or none
	Value string // empty if Index is -1
	Want  string
}

func (e *ExpressionError) Error() string {
	if e.Index < 0 {
		return "search expressions: want " + e.Want
	}
	return fmt.Sprintf("search expression %d %.40q: want %s", e.Index+1, e.Value, e.Want)
}

// Check tells whether [Index.Search] takes the expressions. An error is an *ExpressionError.
//
// There must be one to ten. Each has to match ^(\*?([^\*]{2,})\*?)*$ (FIT-Connect contract 5.3): stretches of two or more characters
// with one * before, one behind or two between them. The pattern also lets through what names nothing, such as the empty expression
// or two blanks, and sets no limit; here an expression holds at least one letter or digit and at most 100 characters.
func Check(expressions []string) error {
	_, err := parse(expressions)
	return err
}

// parse returns the terms of all expressions, each once: all must match.
func parse(expressions []string) ([]term, error) {
	if len(expressions) < 1 || len(expressions) > MaxExpressions {
		return nil, &ExpressionError{Index: -1, Want: fmt.Sprintf("1 to %d of them, got %d", MaxExpressions, len(expressions))}
	}
	var all []string
	for i, e := range expressions {
		found, want := expressionWords(e)
		if want != "" {
			return nil, &ExpressionError{Index: i, Value: e, Want: want}
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	var terms []term
	for _, word := range slices.Compact(all) {
		terms = append(terms, newTerm(word))
	}
	return terms, nil
}

// expressionWords splits an expression into folded words with their stars, or says what is expected instead.
func expressionWords(e string) (found []string, want string) {
	if utf8.RuneCountInString(e) > MaxExpressionLength {
		return nil, fmt.Sprintf("at most %d characters", MaxExpressionLength)
	}
	if !wellFormed(e) {
		return nil, "parts of at least 2 characters, each with at most one * before and one * after it"
	}
	for _, word := range words(e, "e", '*') {
		if strings.Trim(word, "*") != "" {
			found = append(found, word)
		}
	}
	if found == nil {
		return nil, "letters or digits"
	}
	return found, ""
}

// wellFormed is the contract's pattern as one loop: every stretch without a star has two characters or more, and there are at most one
// star before the first, two between two, one behind the last.
func wellFormed(e string) bool {
	stretch, stars, allowed := 0, 0, 1
	for _, r := range e {
		if r != '*' {
			stretch, stars, allowed = stretch+1, 0, 2
			continue
		}
		stars++
		if stretch == 1 || stars > allowed {
			return false
		}
		stretch = 0
	}
	return stretch != 1 && (stars == 0 || stars == 1 && allowed == 2)
}

// term is one word of a search, folded: Neu* is the piece neu, open at its end.
type term struct {
	pieces    []string // what stands between the stars, none empty, at least one
	openStart bool
	openEnd   bool
	length    int  // of all pieces together: a word of this length is matched in full
	digits    bool // it may be a code
}

// newTerm reads a word that has more than stars.
func newTerm(word string) term {
	t := term{
		openStart: word[0] == '*',
		openEnd:   word[len(word)-1] == '*',
		digits:    strings.Trim(word, "*0123456789") == "",
	}
	for piece := range strings.SplitSeq(word, "*") {
		if piece != "" {
			t.pieces = append(t.pieces, piece)
			t.length += len(piece)
		}
	}
	return t
}

// matches takes each piece at the first place it fits. This finds a match if there is one, without ever going back.
func (t *term) matches(word string) bool {
	pieces, ok := t.pieces, true
	if !t.openStart {
		if word, ok = strings.CutPrefix(word, pieces[0]); !ok {
			return false
		}
		pieces = pieces[1:]
	}
	if !t.openEnd {
		if len(pieces) == 0 {
			return word == ""
		}
		if word, ok = strings.CutSuffix(word, pieces[len(pieces)-1]); !ok {
			return false
		}
		pieces = pieces[:len(pieces)-1]
	}
	for _, piece := range pieces {
		if _, word, ok = strings.Cut(word, piece); !ok {
			return false
		}
	}
	return true
}
