package wire

import "fmt"

// Error says what is wrong with a document, a form or a query, in words for the one who sent it. It holds names and expectations, never
// values of a document.
type Error struct {
	Member string // name of the member or parameter, like "publicService.identifier"; "" when it is about the whole
	Want   string // what was expected: "must be a string"
}

// Error implements error.
func (e *Error) Error() string {
	if e.Member == "" {
		return e.Want
	}
	return e.Member + " " + e.Want
}

func malformed(want string, args ...any) error { return &Error{Want: fmt.Sprintf(want, args...)} }
