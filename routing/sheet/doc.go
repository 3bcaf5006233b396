// Package sheet reads files that people and offices hand over: lists in CSV, and text of which nobody said how it is encoded.
//
// Problem: such a file is zipped or not, comes with a byte order mark, from a machine that writes ISO-8859-1, or is the wrong file. Whoever
// imports it has to be told the line and the column to look at, counted as an editor counts them: in characters.
//
// Choice: the whole file is read, within [MaxText] (lists are a few megabytes), made UTF-8 where that is certain, and refused with its
// place where it is not. [Text] does so for any file, [Read] for CSV with a header line. An error is an *Error and ends in what was expected.
//
// Rejected: guessing an encoding from the frequency of letters; reading as a stream, which would have to hand out rows before the last
// one is known to be whole.
package sheet

import "fmt"

// At is a place in a text, counted from 1. A column is a number of characters; zero is the whole line.
type At struct{ Line, Column int }

func (a At) String() string {
	switch {
	case a.Line == 0:
		return "the file"
	case a.Column == 0:
		return fmt.Sprintf("line %d", a.Line)
	}
	return fmt.Sprintf("line %d, column %d", a.Line, a.Column)
}

// Error says what is wrong where.
type Error struct {
	At   At // zero: with the file as a whole
	Text string
}

func (e *Error) Error() string { return e.At.String() + ": " + e.Text }

// Errorf makes an *Error.
func Errorf(at At, format string, args ...any) error {
	return &Error{At: at, Text: fmt.Sprintf(format, args...)}
}
