package routing

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var urnPattern = regexp.MustCompile(`^urn:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9()+,.:=@;$_!*'%/?#-]+$`)

// IsURN tells whether s may name a service on the wire: a URN in lower case of 7 to 255 characters (FIT-Connect contract 3.2).
func IsURN(s string) bool { return len(s) >= 7 && len(s) <= 255 && urnPattern.MatchString(s) }

const leikaURN = "urn:de:fim:leika:leistung:"

// Service is a public service by its key in the LeiKa/FIM catalogue: fourteen digits that begin with 99. Services compare with ==.
// The zero value is none. Services that have no such key (urn:de:fim:leistung:…, schemas of mailboxes) can be addressed by
// destination id but not routed (FIT-Connect contract 5.2).
type Service struct{ key uint64 }

// ParseKey reads ^99\d{12}$, the form of the parameter leikaKey. An error is a *SyntaxError.
func ParseKey(s string) (Service, error) {
	if len(s) == 14 && s[:2] == "99" {
		if key, err := strconv.ParseUint(s, 10, 64); err == nil {
			return Service{key}, nil
		}
	}
	return Service{}, &SyntaxError{Kind: "service key", Value: s, Want: "14 digits that begin with 99"}
}

// ServiceFromURN reads urn:de:fim:leika:leistung:99…, as destinations and addressing information name a service; ok is false for any
// other identifier.
func ServiceFromURN(urn string) (s Service, ok bool) {
	key, found := strings.CutPrefix(urn, leikaURN)
	if !found {
		return Service{}, false
	}
	s, err := ParseKey(key)
	return s, err == nil
}

// String is the fourteen digits.
func (s Service) String() string { return fmt.Sprintf("%014d", s.key) }

// URN is the form that [ServiceFromURN] reads.
func (s Service) URN() string { return leikaURN + s.String() }
