package account

import (
	"net/mail"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/vierkant/vierkant/broker"
)

// maxEmail is RFC 5321 4.5.3.1.3, without the brackets.
const maxEmail = 254

// CheckEmail refuses what is not one mail address and nothing else.
func CheckEmail(email string) error {
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || len(email) > maxEmail {
		return broker.Invalid.New("bad-request", "email must be a mail address of at most %d bytes, without a name", maxEmail)
	}
	return nil
}

// FoldEmail returns what two spellings of one address have in common. Which part of an address minds capitals is for its server to say; nobody
// gives them to two people.
func FoldEmail(email string) string { return cases.Fold().String(norm.NFC.String(email)) }
