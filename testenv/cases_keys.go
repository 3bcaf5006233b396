package testenv

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vierkant/vierkant/crypto/keys"
)

// keyCases are about the keys of destinations (FIT-Connect contract 4.5, 6.1, 15.3).
func keyCases() []Case {
	return []Case{
		conform(28, "anybody may read the encryption key", func(t *trial) {
			o := t.home()
			a := t.get(t.submissions("/destinations/"+o.id+"/keys/"+o.encryption.KID), "").is(http.StatusOK)
			a.want("kty", "RSA").want("alg", keys.RSAOAEP256).want("key_ops", []string{keys.OpWrapKey}).want("kid", o.encryption.KID).want("e", "AQAB")
			a.want("n", t.jwk(o.encryption)["n"]).want("x5c", t.jwk(o.encryption)["x5c"])
		}),
		conform(29, "the Submission API lists no keys", func(t *trial) {
			for _, token := range []string{"", t.sender()} {
				t.get(t.submissions("/destinations/"+t.home().id+"/keys"), token).is(http.StatusNotFound)
			}
		}),
		conform(31, "an unknown kid is 404", func(t *trial) {
			for _, kid := range []string{"unknown-key", strings.Repeat("x", 64), strings.Repeat("x", 65), "x", "%00%0a", "%C3%BC"} {
				t.get(t.submissions("/destinations/"+t.home().id+"/keys/"+kid), "").problem(http.StatusNotFound, "key-not-found", "key")
			}
		}),
		conform(32, "kids of 8, 44 and 64 characters are retrievable", func(t *trial) {
			for _, length := range []int{8, 44, 64} {
				kid := strings.Repeat("k", length-3) + "-._"
				o := t.newOffice(with("signingPublicKey.kid", kid))
				t.get(t.submissions("/destinations/"+o.id+"/keys/"+kid), "").is(http.StatusOK).want("kid", kid)
			}
		}),
		conform(33, "anybody may read the signing key", func(t *trial) {
			o := t.home()
			a := t.get(t.submissions("/destinations/"+o.id+"/keys/"+o.signing.KID), "").is(http.StatusOK).want("kid", o.signing.KID)
			t.checkSignatureKey(&answer{t: t, call: a.call, parsed: map[string]any{"key": a.json()}}, "key")
		}),
		conform(34, "the Destination API lists the keys, the encryption key in use first", func(t *trial) {
			o, fresh := t.newOffice(), t.freshPair().encryption
			t.addKey(o, t.jwk(fresh)).is(http.StatusCreated)
			for _, kid := range []string{fresh.KID, o.encryption.KID} {
				t.patch(o, map[string]any{"encryptionKid": kid}).is(http.StatusOK)
				a := t.get(t.env.DestinationURL+"/v2/destinations/"+o.id+"/keys", t.sender()).is(http.StatusOK)
				equal(t, "keys", len(a.list("keys")), 3)
				a.want("keys.0.kid", kid).want("keys.0.use", "enc")
			}
		}),
		conform(40, "a key of 2048 bits is refused", func(t *trial) {
			for _, c := range []call{t.create(with("encryptionPublicKey", t.smallKey()), with("encryptionKid", "small-key")), t.create(with("signingPublicKey", t.smallKey()))} {
				t.do(c).problem(http.StatusBadRequest, "key-not-allowed", "4096")
			}
		}),
		conform(41, "a key without certificate is refused", func(t *trial) {
			for _, key := range []string{"encryptionPublicKey", "signingPublicKey"} {
				t.do(t.create(drop(key+".x5c"))).problem(http.StatusBadRequest, "key-not-allowed", "certificate")
			}
		}),
		conform(48, "a key is added, and again", func(t *trial) {
			o, fresh := t.newOffice(), t.freshPair()
			for _, key := range []keys.Private{fresh.encryption, fresh.signing, fresh.encryption} {
				a := t.addKey(o, t.jwk(key)).is(http.StatusCreated)
				if location := a.header.Get("Location"); !t.ended() && !strings.HasSuffix(location, "/destinations/"+o.id+"/keys/"+key.KID) {
					t.fail("got the Location %q, want one that ends in /destinations/%s/keys/%s", location, o.id, key.KID)
				}
				t.get(t.submissions("/destinations/"+o.id+"/keys/"+key.KID), "").is(http.StatusOK)
			}
			a := t.get(t.env.DestinationURL+"/v2/destinations/"+o.id+"/keys", t.sender()).is(http.StatusOK)
			equal(t, "keys", len(a.list("keys")), 4)
		}),
		conform(49, "after a roll-over the new key is named and the old one stays", func(t *trial) {
			o, fresh := t.newOffice(), t.freshPair().encryption
			t.addKey(o, t.jwk(fresh)).is(http.StatusCreated)
			t.patch(o, map[string]any{"encryptionKid": fresh.KID}).is(http.StatusOK).want("encryptionKid", fresh.KID)
			t.get(t.submissions("/destinations/"+o.id), "").is(http.StatusOK).want("encryptionKid", fresh.KID)
			t.get(t.submissions("/destinations/"+o.id+"/keys/"+o.encryption.KID), "").is(http.StatusOK).want("n", t.jwk(o.encryption)["n"])
		}),
		own("another key under a kid that is taken is refused", func(t *trial) {
			o, fresh := t.newOffice(), t.jwk(t.freshPair().encryption)
			fresh["kid"] = o.encryption.KID
			t.addKey(o, fresh).problem(http.StatusConflict, "key-exists", "kid")
			t.get(t.submissions("/destinations/"+o.id+"/keys/"+o.encryption.KID), "").is(http.StatusOK).want("n", t.jwk(o.encryption)["n"])
		}),
		own("what a key does not need is not given back", func(t *trial) {
			doc := t.jwk(t.keyPair().signing)
			doc["jku"], doc["x"] = "https://keys.suite.example/", "y"
			o := t.newOffice(with("signingPublicKey", doc))
			t.get(t.submissions("/destinations/"+o.id+"/keys/"+o.signing.KID), "").is(http.StatusOK).without("jku", "x")
		}),
	}
}

func (t *trial) addKey(o office, jwk any) *answer {
	return t.sendJSON(http.MethodPost, t.destinations("/destinations/"+o.id+"/keys"), t.subscriber(), jwk)
}

// smallKey is an encryption key that would be right if it were longer.
func (t *trial) smallKey() map[string]any {
	const bits = 2048
	key, err := rsa.GenerateKey(rand.Reader, bits)
	t.must("generate key", err)
	if t.ended() {
		return nil
	}
	certificate := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "small"}, NotBefore: time.Now(), NotAfter: time.Now().Add(pairLifetime),
	}
	der, err := x509.CreateCertificate(rand.Reader, &certificate, &certificate, &key.PublicKey, key)
	t.must("make certificate", err)
	return map[string]any{
		"kty": "RSA", "alg": keys.RSAOAEP256, "key_ops": []any{keys.OpWrapKey}, "kid": "small-key", "e": "AQAB",
		"n": base64url(key.N.Bytes()), "x5c": []any{base64.StdEncoding.EncodeToString(der)},
	}
}

// keyRefusals breaks the rules of a JWK (FIT-Connect contract 6.1), as it is added and as a destination is made with it.
func keyRefusals() []Case {
	add := func(t *trial) call {
		o := t.newOffice()
		return call{method: http.MethodPost, url: t.destinations("/destinations/" + o.id + "/keys"), token: t.subscriber(), contentType: jsonType, doc: t.jwk(t.freshPair().encryption)}
	}
	create := func(t *trial) call { return t.create() }
	return slices.Concat(
		refusals("add key", add, http.StatusCreated, slices.Concat(jwkRules(""), brokenJSON("kty"), foreignCallers(), []refusal{
			refuse("body beyond 64 KiB", with("x", strings.Repeat("x", 64<<10)), http.StatusRequestEntityTooLarge, "payload-too-large", "bytes"),
			refuse("id that is no UUID", to(func(t *trial) string { return t.destinations("/destinations/x/keys") }), http.StatusBadRequest, "bad-request", "UUID"),
			notAllowed("alg of a signing key", with("alg", keys.PS512), "key_ops"),
		})),
		refusals("create destination, encryption key", create, http.StatusCreated, append(jwkRules("encryptionPublicKey."),
			invalid("no key", drop("encryptionPublicKey"), "encryptionPublicKey"),
			invalid("key that is null", with("encryptionPublicKey", nil), "encryptionPublicKey"),
			invalid("key that is a text", with("encryptionPublicKey", "x"), "encryptionPublicKey"),
			notAllowed("a signing key", func(t *trial, c *call) {
				both(with("encryptionPublicKey", t.jwk(t.freshPair().signing)), with("encryptionKid", t.freshPair().signing.KID))(t, c)
			}, "RSA-OAEP-256"),
		)),
		refusals("create destination, signing key", create, http.StatusCreated, []refusal{
			invalid("no key", drop("signingPublicKey"), "signingPublicKey"),
			invalid("key that is a list", with("signingPublicKey", []any{}), "signingPublicKey"),
			notAllowed("an encryption key", func(t *trial, c *call) { with("signingPublicKey", t.jwk(t.freshPair().encryption))(t, c) }, "PS512"),
			notAllowed("alg RS256", with("signingPublicKey.alg", "RS256"), "PS512"),
			notAllowed("key_ops sign", with("signingPublicKey.key_ops", []any{keys.OpSign}), "verify"),
		}),
	)
}

// notAllowed is a key that is one and may not be used.
func notAllowed(name string, change change, word string) refusal {
	return refuse(name, change, http.StatusBadRequest, "key-not-allowed", word)
}

// jwkRules breaks an encryption key that stands at a prefix of the document.
func jwkRules(at string) []refusal {
	rows := []refusal{
		invalid("kty EC", with(at+"kty", "EC"), "kty"),
		invalid("kty oct", with(at+"kty", "oct"), "kty"),
		invalid("no kty", drop(at+"kty"), "kty"),
		notAllowed("alg RSA-OAEP", with(at+"alg", "RSA-OAEP"), "RSA-OAEP-256"),
		notAllowed("no alg", drop(at+"alg"), "RSA-OAEP-256"),
		invalid("alg of another type", with(at+"alg", 1), ""),
		notAllowed("no key_ops", drop(at+"key_ops"), "wrapKey"),
		notAllowed("empty key_ops", with(at+"key_ops", []any{}), "wrapKey"),
		notAllowed("two key_ops", with(at+"key_ops", []any{keys.OpWrapKey, "encrypt"}), "wrapKey"),
		notAllowed("key_ops unwrapKey", with(at+"key_ops", []any{keys.OpUnwrapKey}), "wrapKey"),
		notAllowed("key_ops verify", with(at+"key_ops", []any{keys.OpVerify}), "wrapKey"),
		notAllowed("use sig", with(at+"use", "sig"), "enc"),
		invalid("no n", drop(at+"n"), "n"),
		notAllowed("n that is a word", with(at+"n", "foo"), "4096"),
		invalid("n that is a number", with(at+"n", 1), "n"),
		invalid("n with padding", func(t *trial, c *call) { with(at+"n", modulusOf(c, at)+"=")(t, c) }, "n"),
		invalid("n with a line break", func(t *trial, c *call) { with(at+"n", modulusOf(c, at)[:4]+"\n"+modulusOf(c, at)[4:])(t, c) }, "n"),
		invalid("n with a leading zero", func(t *trial, c *call) { with(at+"n", "AAAA"+modulusOf(c, at))(t, c) }, "n"),
		notAllowed("n that is even", func(t *trial, c *call) { with(at+"n", evened(modulusOf(c, at)))(t, c) }, "prime"),
		invalid("no e", drop(at+"e"), "e"),
		notAllowed("e of 3", with(at+"e", "Aw"), "AQAB"),
		invalid("e with a leading zero", with(at+"e", "AAEAAQ"), "e"),
		notAllowed("empty x5c", with(at+"x5c", []any{}), "certificate"),
		invalid("x5c that is no certificate", with(at+"x5c", []any{"AAAA"}), "x5c"),
		invalid("x5c in base64url", func(t *trial, c *call) { with(at+"x5c.0", urlAlphabet(c, at))(t, c) }, "x5c"),
		notAllowed("x5c of another key", func(t *trial, c *call) { with(at+"x5c", t.jwk(t.keyPair().signing)["x5c"])(t, c) }, "certif"),
		invalid("x5c of eleven certificates", func(t *trial, c *call) { with(at+"x5c", slices.Repeat(chainOf(c, at), 11))(t, c) }, "x5c"),
	}
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
		rows = append(rows, invalid("private member "+member, with(at+member, "AQAB"), "private"))
	}
	// Where the kid of the key is named beside it, the two must agree first.
	naming := func(kid any) change {
		if at == "" {
			return with("kid", kid)
		}
		return both(with(at+"kid", kid), with("encryptionKid", kid))
	}
	return append(rows,
		notAllowed("kid of 7 characters", naming("1234567"), "8"),
		notAllowed("kid of 65 characters", naming(strings.Repeat("k", 65)), "64"),
		notAllowed("kid with a slash", naming("../../key"), "segment"),
		notAllowed("kid with a blank", naming("key of ours"), "segment"),
		notAllowed("kid with an umlaut", naming("schlüssel"), "segment"),
		notAllowed("no kid", drop(at+"kid"), "8"),
		invalid("kid of another type", with(at+"kid", 12345678), ""),
	)
}

// modulusOf returns the modulus of the key in a document.
func modulusOf(c *call, at string) string {
	n, _ := lookUp(c.doc, at+"n")
	text, _ := n.(string)
	return text
}

// evened clears the last bit of a modulus.
func evened(n string) string {
	raw, _ := base64.RawURLEncoding.DecodeString(n)
	raw[len(raw)-1] &^= 1
	return base64url(raw)
}

func chainOf(c *call, at string) []any {
	chain, _ := lookUp(c.doc, at+"x5c")
	list, _ := chain.([]any)
	return list
}

// urlAlphabet writes a certificate in the other alphabet, where the two differ.
func urlAlphabet(c *call, at string) string {
	text, _ := chainOf(c, at)[0].(string)
	return strings.NewReplacer("+", "-", "/", "_").Replace(text)
}
