package revocation

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// algorithms are those that a response may be signed with (RFC 4055, RFC 5758, RFC 8410). SHA-1 is not among them.
func algorithms() []struct {
	oid  asn1.ObjectIdentifier
	name x509.SignatureAlgorithm
} {
	return []struct {
		oid  asn1.ObjectIdentifier
		name x509.SignatureAlgorithm
	}{
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, x509.SHA256WithRSA},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, x509.SHA384WithRSA},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, x509.SHA512WithRSA},
		{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, x509.ECDSAWithSHA256},
		{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, x509.ECDSAWithSHA384},
		{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, x509.ECDSAWithSHA512},
		{asn1.ObjectIdentifier{1, 3, 101, 112}, x509.PureEd25519},
	}
}

var (
	oidPSS  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

// pssParameters are those of RFC 4055 3.1. What they leave out stands for SHA-1, so nothing may be left out.
type pssParameters struct {
	Hash    pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
	MGF     pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
	Salt    int                      `asn1:"explicit,tag:2"`
	Trailer int                      `asn1:"optional,explicit,tag:3,default:1"`
}

// signatureAlgorithm names an algorithm as package x509 does; x509.UnknownSignatureAlgorithm, which checks nothing, for any other.
func signatureAlgorithm(a pkix.AlgorithmIdentifier) x509.SignatureAlgorithm {
	if a.Algorithm.Equal(oidPSS) {
		return pssAlgorithm(a.Parameters.FullBytes)
	}
	for _, known := range algorithms() {
		if a.Algorithm.Equal(known.oid) {
			return known.name
		}
	}
	return x509.UnknownSignatureAlgorithm
}

// pssAlgorithm takes the one usual choice for each hash: MGF1 with the same, and a salt as long.
func pssAlgorithm(raw []byte) x509.SignatureAlgorithm {
	var (
		p   pssParameters
		mgf pkix.AlgorithmIdentifier
	)
	if rest, err := asn1.Unmarshal(raw, &p); err != nil || len(rest) > 0 || p.Trailer != 1 || !p.MGF.Algorithm.Equal(oidMGF1) {
		return x509.UnknownSignatureAlgorithm
	}
	if _, err := asn1.Unmarshal(p.MGF.Parameters.FullBytes, &mgf); err != nil || !mgf.Algorithm.Equal(p.Hash.Algorithm) {
		return x509.UnknownSignatureAlgorithm
	}
	for salt, hash := range map[int]struct {
		oid  asn1.ObjectIdentifier
		name x509.SignatureAlgorithm
	}{
		32: {oidSHA256, x509.SHA256WithRSAPSS}, 48: {oidSHA384, x509.SHA384WithRSAPSS}, 64: {oidSHA512, x509.SHA512WithRSAPSS},
	} {
		if p.Salt == salt && p.Hash.Algorithm.Equal(hash.oid) {
			return hash.name
		}
	}
	return x509.UnknownSignatureAlgorithm
}
