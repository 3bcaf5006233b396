package mail

import (
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/vierkant/vierkant/broker"
)

const (
	// CodeLife is how long the code in a request for confirmation is good.
	CodeLife = 7 * 24 * time.Hour

	maxCodes  = 3 // of an address at a time: a mail that is sent again has another code, and both may arrive
	maxCode   = 64
	codeGroup = 5
)

// codeRecord is kept under the digest of a code.
type codeRecord struct {
	Address string    `json:"address"`
	Expires time.Time `json:"expires"`
}

// issueCode makes a code for an address and keeps its digest. The code goes into a mail and nowhere else.
func issueCode(tx broker.Tx, now time.Time, address string) (string, error) {
	code := rand.Text()
	if err := dropCodes(tx, address, maxCodes-1); err != nil {
		return "", err
	}
	r := codeRecord{address, now.Add(CodeLife).UTC()}
	return grouped(code), broker.WriteEntry(tx, codeEntries, codeKey(code), addressKey(address), r)
}

// dropCodes leaves so many codes of an address, the latest.
func dropCodes(tx broker.Tx, address string, leave int) error {
	all, total, err := tx.EntriesOf(codeEntries, addressKey(address), broker.Page{Limit: broker.MaxPage})
	if err != nil {
		return err
	}
	for _, e := range all[:max(0, min(len(all), total-leave))] {
		if err := tx.DeleteEntry(codeEntries, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// findCode returns for what a code is; NotFound if it is none, or none any more.
func findCode(tx broker.Tx, now time.Time, code string) (codeRecord, error) {
	if len(code) > maxCode {
		return codeRecord{}, noCode()
	}
	r, err := broker.ReadEntry[codeRecord](tx, codeEntries, codeKey(code))
	if errors.Is(err, broker.ErrNoRow) || err == nil && !now.Before(r.Expires) {
		return r, noCode()
	}
	return r, err
}

func noCode() error {
	return broker.NotFound.New("code-not-found", "the code is wrong, was used, or is older than %d days: copy it from the latest mail, or have another one sent", CodeLife/24/time.Hour)
}

// codeKey is where a code is kept, however it was copied from the mail.
func codeKey(code string) string {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(code)))
	return broker.Digest(plain)
}

// grouped makes a code easier to compare.
func grouped(code string) string {
	var groups []string
	for len(code) > codeGroup+1 {
		groups = append(groups, code[:codeGroup])
		code = code[codeGroup:]
	}
	return strings.Join(append(groups, code), "-")
}
