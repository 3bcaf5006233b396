package revocation

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"
)

var (
	oidDistribution = asn1.ObjectIdentifier{2, 5, 29, 28} // issuingDistributionPoint (RFC 5280 5.2.5)
)

// distribution says what a list is about, as far as it matters here.
type distribution struct {
	Point       asn1.RawValue  `asn1:"optional,tag:0"`
	Users       bool           `asn1:"optional,tag:1"`
	Authorities bool           `asn1:"optional,tag:2"`
	Reasons     asn1.BitString `asn1:"optional,tag:3"`
	Indirect    bool           `asn1:"optional,tag:4"`
	Attributes  bool           `asn1:"optional,tag:5"`
}

// listed looks a certificate up in a list of its issuer (RFC 5280 6.3).
func listed(certificate, issuer *x509.Certificate, raw []byte, now time.Time) (Finding, error) {
	list, err := x509.ParseRevocationList(raw)
	if err != nil {
		return Finding{}, disbelieve("it is no revocation list")
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return Finding{}, disbelieve("the list's signature does not verify with the issuer's key")
	}
	if list.NextUpdate.IsZero() {
		return Finding{}, disbelieve("the list does not say until when it counts")
	}
	if err := fresh(list.ThisUpdate, list.NextUpdate, now); err != nil {
		return Finding{}, err
	}
	if err := covers(list, certificate); err != nil {
		return Finding{}, err
	}
	return lookUp(list, certificate)
}

// covers refuses a list that is about other certificates, or that says what is not understood here.
func covers(list *x509.RevocationList, certificate *x509.Certificate) error {
	for _, extension := range list.Extensions {
		if !extension.Id.Equal(oidDistribution) {
			if extension.Critical {
				return disbelieve("the list has the unknown extension %s", extension.Id)
			}
			continue
		}
		var about distribution
		if rest, err := asn1.Unmarshal(extension.Value, &about); err != nil || len(rest) > 0 {
			return disbelieve("the list does not say what it is about")
		}
		others := about.Users && certificate.IsCA || about.Authorities && !certificate.IsCA || about.Attributes
		if others || about.Indirect || about.Reasons.BitLength > 0 {
			return disbelieve("the list is about other certificates, or about some reasons only")
		}
	}
	return nil
}

func lookUp(list *x509.RevocationList, certificate *x509.Certificate) (Finding, error) {
	f := Finding{Status: Good, By: "CRL", Until: list.NextUpdate}
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(certificate.SerialNumber) != 0 {
			continue
		}
		if hasCritical(entry.Extensions) {
			return Finding{}, disbelieve("the list's entry has an unknown extension")
		}
		f.Status, f.Since, f.Why = Revoked, entry.RevocationTime, reason(entry.ReasonCode)
	}
	return f, nil
}

func hasCritical(all []pkix.Extension) bool {
	for _, e := range all {
		if e.Critical {
			return true
		}
	}
	return false
}
