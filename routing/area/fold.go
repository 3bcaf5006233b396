package area

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// words folds s and splits it into runs of letters and digits. Folding makes spellings equal that people use for one another: case,
// ü and ue, ß and ss, accents and none, and the composed and decomposed forms of Unicode. keep names one more character that
// belongs to words; zero is none.
func words(s string, keep rune) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && (keep == 0 || r != keep)
	})
}

func fold(s string) string {
	var b strings.Builder
	var base rune // the last letter that is no mark
	for _, r := range norm.NFD.String(s) {
		r = unicode.ToLower(r)
		switch {
		case r == '\u0308' && strings.ContainsRune("aou", base): // diaeresis
			b.WriteByte('e')
			base = 'e'
		case unicode.Is(unicode.Mn, r):
		case r == 'ß':
			b.WriteString("ss")
			base = 's'
		case r == 'ł': // has no decomposition; Sorbian names
			b.WriteByte('l')
			base = 'l'
		default:
			b.WriteRune(r)
			base = r
		}
	}
	return b.String()
}
