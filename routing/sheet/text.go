package sheet

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxText bounds a file, after it was unpacked.
const MaxText = 64 << 20

const byteOrderMark = "\ufeff"

// Bytes reads a file to its end and unpacks it if it is gzip, which its content says.
func Bytes(r io.Reader) ([]byte, error) {
	b, err := readAll(r)
	if err != nil || !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b, err
	}
	unzip, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("unpack gzip: %w", err)
	}
	if b, err = readAll(unzip); err != nil {
		return nil, fmt.Errorf("unpack gzip: %w", err)
	}
	return b, nil
}

func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxText+1))
	if err == nil && len(b) > MaxText {
		err = Errorf(At{}, "want at most %d MiB", MaxText>>20)
	}
	return b, err
}

// Text reads a file as UTF-8, without byte order mark, with \n at the ends of lines. What is no UTF-8 is given to other, if there is one, which either knows
// for certain how to read it or says no.
func Text(r io.Reader, other func([]byte) (string, bool)) (string, error) {
	b, err := Bytes(r)
	if err != nil {
		return "", err
	}
	if err := foreign(b); err != nil {
		return "", err
	}
	text := string(b)
	if !utf8.Valid(b) {
		known := false
		if other != nil {
			text, known = other(b)
		}
		if !known {
			return "", Errorf(firstInvalid(string(b)), "want UTF-8; if the file is ISO-8859-1 or Windows-1252, convert it (iconv -f ISO-8859-1 -t UTF-8)")
		}
	}
	return strings.ReplaceAll(strings.TrimPrefix(text, byteOrderMark), "\r\n", "\n"), nil
}

// foreign knows the formats that are handed over by mistake.
func foreign(b []byte) error {
	for _, kind := range []struct{ begin, name string }{
		{"PK\x03\x04", "a ZIP archive or an Excel file: want the text file, unpacked or as gzip"},
		{"\xff\xfe", "UTF-16: want UTF-8"},
		{"\xfe\xff", "UTF-16: want UTF-8"},
		{"%PDF", "a PDF: want a text file"},
		{"\xd0\xcf\x11\xe0", "an old Excel file: want a text file"},
	} {
		if bytes.HasPrefix(b, []byte(kind.begin)) {
			return Errorf(At{}, "this is %s", kind.name)
		}
	}
	return nil
}

func firstInvalid(text string) At {
	for i, r := range text {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 { // not the character U+FFFD itself
			return atByte(text, i)
		}
	}
	return At{}
}

// atByte is the place of a byte of text.
func atByte(text string, offset int) At {
	before := text[:offset]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return At{Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(line) + 1}
}
