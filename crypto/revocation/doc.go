// Package revocation tells whether a certificate was revoked by whoever issued it (FIT-Connect contract 6.2; RFC 6960, RFC 5280 5).
//
// The answer is a [Finding], and there are three: good, revoked, and unknown with the reason. Unknown is no failure: responders are away for
// hours, and networks of administrations are closed. A key is then used on, and it is shown that nobody knows. What is never done is to
// believe an answer that does not prove itself: an OCSP response is signed by the issuer or by a responder that the issuer
// certified for just that, is about this certificate, is fresh, and carries our nonce if it carries one; a CRL is signed by the issuer and
// is fresh. Everything else is unknown, whatever it says. That an attacker between us and the responder can so hide a revocation for a
// while is the price of not stopping a whole authority with its responder; the time of the last good answer is kept for that.
//
// OCSP is asked first, since it is small and may be more recent; a CRL where OCSP told nothing. Both are asked where the certificate says, and
// only by http(s): the lists of LDAP directories are left out. Who may be called and how large answers are is for [Checker.Fetch]
// to hold; nothing here opens a connection.
//
// golang.org/x/crypto/ocsp reads responses too, but not those signed with RSASSA-PSS, which the PKI of the German administration demands. So the
// reading is here; in the tests the other one judges it. A responder's own certificate is not asked after in turn (RFC 6960 4.2.2.2.1
// leaves that to the client): it is short-lived or says itself that it is not to be checked.
//
// Invariants:
//   - Bytes of a stranger yield a Finding or an error, never a panic, and cost no more than their length.
//   - Revoked is said only on a signature of the issuer's side.
package revocation
