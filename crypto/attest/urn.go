package attest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

const (
	regionPrefix = "urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:"
	wholeCountry = "000000000000"
)

// RegionURN returns the gebietID of a region given by its ARS: 2, 3, 5, 9 or 12 digits, or none for the whole country,
// which becomes twelve zeros. It keeps zero padding as it is.
func RegionURN(ars string) (string, error) {
	if ars == "" {
		ars = wholeCountry
	}
	if !isARS(ars) {
		return "", fmt.Errorf("expected an ARS of 2, 3, 5, 9 or 12 digits, found %q", ars)
	}
	return regionPrefix + ars, nil
}

// Region returns the ARS in a gebietID: 2, 3, 5, 9 or 12 digits as written, or none for the whole country. It is false
// for other URNs.
func Region(urn string) (ars string, ok bool) {
	ars, found := strings.CutPrefix(urn, regionPrefix)
	if !found || !isARS(ars) {
		return "", false
	}
	if trim(ars) == "" {
		return "", true
	}
	return ars, true
}

func regionURNs(regions []string) ([]string, error) {
	urns := make([]string, len(regions))
	for i, ars := range regions {
		urn, err := RegionURN(ars)
		if err != nil {
			return nil, err
		}
		urns[i] = urn
	}
	return urns, nil
}

// regionsOf leaves out what is not an ARS: it covers nothing that anyone could ask for.
func regionsOf(urns []string) []string {
	var regions []string
	for _, urn := range urns {
		if ars, ok := Region(urn); ok {
			regions = append(regions, ars)
		}
	}
	return regions
}

// isARS reports whether digits have a length an ARS can have (FIT-Connect contract 5.2).
func isARS(digits string) bool {
	switch len(digits) {
	case 2, 3, 5, 9, 12:
		return allDigits(digits)
	}
	return false
}

func allDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// trim removes zero padding from an ARS: it is cut after the first 0, 2, 3, 5 or 9 digits behind which only zeros follow.
func trim(ars string) string {
	for _, length := range []int{0, 2, 3, 5, 9} {
		if length < len(ars) && strings.Trim(ars[length:], "0") == "" {
			return ars[:length]
		}
	}
	return ars
}

// checkURNs demands at least one entry and that each is a URN (RFC 8141 2), as far as the contract's own pattern goes.
func checkURNs(name string, urns []string) error {
	if len(urns) == 0 {
		return errors.New("expected at least one of " + name)
	}
	isURN := regexp.MustCompile(`^(?i)urn:[a-z0-9][a-z0-9-]{0,31}:[!-~]+$`)
	for _, urn := range urns {
		if !isURN.MatchString(urn) {
			return fmt.Errorf("expected URNs in %s, found %q", name, urn)
		}
	}
	return nil
}
