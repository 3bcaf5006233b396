// Package keys reads, writes, judges, makes and guards the RSA keys of the wire contract (FIT-Connect contract 6.1, 6.2).
//
// A destination publishes two keys as JSON Web Keys: one to seal to (RSA-OAEP-256, wrapKey) and one to check its
// signatures with (PS512, verify), each with its X.509 certificates in x5c. The broker has keys of its own of the
// second kind. Everything about such keys that more than one package needs is here, and nothing that opens content.
//
// Reading and judging are apart. [ParsePublic] answers "is this one RSA public key, written as the standards say?"
// and is the same everywhere. A [Policy] answers "may it be used here?" and is a value: a list of rules, each with the
// paragraph it comes from. The environments differ in the list ([Test], [Strict]) and in the trust anchors, never in
// code. Rejected: one validating parser with options. It would have made every stored key unreadable on the day a
// certificate expires or a rule grows, and rules could not be shown to the person whose key was refused.
//
// Two libraries share the work: jwx reads and writes JWK, go-jose writes signatures. jwx is lenient in what it decodes
// (either base64 alphabet, an exponent cut to 64 bits, the last of two equal members), so the strict reading
// happens here first and jwx sees only members that passed it. Verification of PS512 is [Public.VerifyPS512] alone:
// both libraries accept any salt length, RFC 7518 3.5 demands the length of the hash.
//
// Invariants:
//   - No private member passes through [ParsePublic] or [ParseSet]; a Public never marshals one.
//   - jku and x5u are never followed; what they point to does not exist for this package.
//   - A Private is complete and consistent (n, e, d, p, q belong together) or it does not exist.
//   - No signature leaves [SignPS512] that does not verify under the signer's public key with a salt of 64 bytes.
package keys
