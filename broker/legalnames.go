package broker

import "errors"

// legalNameEntries are the legal names of organisations, one entry for each organisation that has any.
const legalNameEntries EntryKind = "legal-names" // owner: none; ID: the organisation

// legalNamesRecord is what is stored.
type legalNamesRecord struct {
	Names []string `json:"names"`
}

// maxLegalNames bounds the names of an organisation.
const maxLegalNames = 20

// LegalNames returns under which names certificates may be about an organisation; none: no certificate is.
func LegalNames(tx Tx, org OrgID) ([]string, error) {
	r, err := ReadEntry[legalNamesRecord](tx, legalNameEntries, string(org))
	if errors.Is(err, ErrNoRow) {
		return nil, nil
	}
	return r.Names, err
}

// CheckLegalNames refuses names that cannot be.
func CheckLegalNames(names []string) error {
	if len(names) > maxLegalNames {
		return badRequest("an organisation has at most %d legal names", maxLegalNames)
	}
	for _, name := range names {
		if err := CheckName("a legal name", name); err != nil {
			return err
		}
	}
	return nil
}

// PutLegalNames replaces the legal names of an organisation. Keys that are there are judged by them when they take effect.
func PutLegalNames(tx Tx, org OrgID, names []string) error {
	return WriteEntry(tx, legalNameEntries, string(org), "", legalNamesRecord{names})
}
