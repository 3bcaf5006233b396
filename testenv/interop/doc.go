// Package interop holds sealing, signing and keys against JOSE implementations that share no code with ours. It has tests
// only.
//
// Everything in crypto/ is tested by its own package against itself and against the two Go libraries that it uses. That
// cannot show a misreading of the standards that all of them share, and the other end of the wire is seldom written in Go.
// Here each side does one half of the work: what ours seals, theirs opens, and the other way round; the same for
// signatures of events and of addressing information; each refuses what the other made after one bit was flipped; and
// each reads the keys that the other made. All keys are RSA-4096, all comparisons byte for byte.
//
//	Python      jwcrypto        on OpenSSL, by way of cryptography
//	Perl        Crypt::JWT      on libtomcrypt, the only one without OpenSSL
//	JavaScript  jose (npm)      on WebCrypto as Node has it
//	Erlang      erlang-jose     on the crypto application of Erlang
//	Ruby        json-jwt        knows RSA-OAEP with SHA-1 only; the script adds SHA-256 by Ruby's openssl
//	C           José            on OpenSSL; signs only: Debian 12's release is built without RSA-OAEP
//
// What an implementation cannot do stands with the reason in the table of languages. It is tried all the same: a lack that is
// not in the table fails, and what a newer release has learned is tested from then on.
//
// Each language is one script that does jobs until its input ends, so that a slow start is paid once. A job is a line
//
//	COMMAND KEY PARAMETER SOURCE TARGET
//
// with files as KEY (a JWK), SOURCE and TARGET and "-" for what a command does not use; the answer is one line:
// "done", "refused" and what the library said, or "lacks" and what is missing. The commands:
//
//	seal        SOURCE to a compact JWE with the kid of KEY, and PARAMETER as cty
//	deflate     the same with zip DEF
//	open        the compact JWE SOURCE
//	inflate     the same with zip DEF
//	sign        SOURCE to a compact JWS with the kid of KEY, and PARAMETER as typ
//	salt        the same with a salt of another length than 64 bytes, which RFC 7518 3.5 forbids
//	verify      the compact JWS SOURCE; TARGET is its payload
//	thumbprint  of KEY (RFC 7638)
//	certified   the thumbprint of the key in the first certificate of KEY
//	generate    a private JWK of 4096 bits for the algorithm PARAMETER, with kid, alg and key_ops
//	unstripped  seal with KEY as it was published, without preparing it for the library
//
// A test whose language is not installed is skipped and says what to install. With VIERKANT_INTEROP=required it fails.
package interop
