package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words folds s and splits it into its runs of letters and digits: lower case, ü as ue, ß as ss, without accents, whether Unicode was
// composed or not.
func Words(s string) []string { return words(s, "e", 0) }

// spelling is a word in both forms: with ue for ü, and with u if that is another one.
type spelling struct{ full, plain string }

// spellings has both forms of every word. Folding an umlaut never makes or ends a word, so there are equally many of each.
func spellings(s string) []spelling {
	full := words(s, "e", 0)
	all := make([]spelling, len(full))
	for i, word := range full {
		all[i].full = word
	}
	if isASCII(s) {
		return all
	}
	for i, word := range words(s, "", 0) {
		if word != full[i] {
			all[i].plain = word
		}
	}
	return all
}

// words takes what stands for the two dots of ä, ö, ü, and one more character that belongs to words; zero is none.
func words(s, dots string, keep rune) []string {
	return strings.FieldsFunc(fold(s, dots), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && (keep == 0 || r != keep)
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// fold goes through composed letters, which names mostly consist of already.
func fold(s, dots string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch r = unicode.ToLower(r); r {
		case 'ä':
			b.WriteString("a" + dots)
		case 'ö':
			b.WriteString("o" + dots)
		case 'ü':
			b.WriteString("u" + dots)
		case 'ß':
			b.WriteString("ss")
		case 'ł': // has no accent that could be taken away; Sorbian names
			b.WriteByte('l')
		default:
			writeBare(&b, r)
		}
	}
	return b.String()
}

// writeBare writes a letter without its accents.
func writeBare(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf {
		b.WriteByte(byte(r))
		return
	}
	for _, part := range norm.NFD.String(string(r)) {
		if !unicode.Is(unicode.Mn, part) {
			b.WriteRune(part)
		}
	}
}
