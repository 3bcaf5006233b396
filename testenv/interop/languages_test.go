package interop_test

import "github.com/vierkant/vierkant/crypto/keys"

// language is one implementation, and how its script is started.
type language struct {
	name  string
	start []string          // command line, run in this folder
	probe []string          // command line that ends well if the library is there
	lacks map[string]string // commands that the library does not allow to do, and why
	makes string            // algorithm that it makes a key for; "" for none: each takes seconds
	quirk quirk
}

// quirk is a fault or a habit of an implementation that its partners meet.
type quirk struct {
	falseZero  bool // takes the one-byte ciphertext "0" for a missing one: Perl's idea of truth (Crypt::JWT 0.034)
	mindsEmpty bool // gives up on an empty plaintext, which GCM and the contract allow, opening or (Ruby's openssl 3.0) also sealing
	mindsUsage bool // refuses to seal to a key whose key_ops say wrapKey, as the contract has it (FIT-Connect contract 6.1)
}

// toInstall is what the message about a missing language says.
const toInstall = "apt-get install python3-jwcrypto jose libcrypt-jwt-perl ruby-json-jwt erlang-jose erlang-jiffy nodejs npm" +
	" && npm ci --prefix testenv/interop/javascript"

// languages is the table. Debian's interpreters are named by path: others on the PATH do not see Debian's libraries.
func languages() []language {
	const (
		noOAEP  = "José before 12 asks for OAEP by a macro that OpenSSL 3 has no more (latchset/jose pull request 145)"
		noDEF   = "José 11's command line does not open again what it deflated"
		noZip   = "json-jwt lets the member zip pass and does nothing about it"
		noRaw   = "Node before 20.12 has no stream for deflate-raw, which jose relies on"
		noSalt  = "the command line gives no choice of salt"
		noChain = "José does not read x5c"
	)
	return []language{
		{
			name:  "python",
			start: []string{"/usr/bin/python3", "scripts/python.py"},
			probe: []string{"/usr/bin/python3", "-c", "import jwcrypto"},
			makes: keys.RSAOAEP256,
			quirk: quirk{mindsEmpty: true},
		},
		{
			name:  "perl",
			start: []string{"/usr/bin/perl", "scripts/perl.pl"},
			probe: []string{"/usr/bin/perl", "-MCrypt::JWT", "-e", "1"},
			quirk: quirk{falseZero: true, mindsEmpty: true},
		},
		{
			name:  "javascript",
			start: []string{"node", "javascript/index.mjs"},
			probe: []string{"node", "-e", "require.resolve('./javascript/node_modules/jose')"},
			lacks: map[string]string{"deflate": noRaw, "inflate": noRaw},
			quirk: quirk{mindsUsage: true},
		},
		{
			name:  "erlang",
			start: []string{"escript", "scripts/erlang.escript"},
			probe: []string{"erl", "-noshell", "-eval", `try jose:module_info(), jiffy:module_info(), halt(0) catch _:_ -> halt(1) end.`},
		},
		{
			name:  "ruby",
			start: []string{"/usr/bin/ruby", "scripts/ruby.rb"},
			probe: []string{"/usr/bin/ruby", "-e", "require 'json/jwt'"},
			lacks: map[string]string{"deflate": noZip, "inflate": noZip},
			quirk: quirk{mindsEmpty: true},
		},
		{
			name:  "c",
			start: []string{"sh", "scripts/jose.sh"},
			probe: []string{"jose", "alg"},
			lacks: map[string]string{
				"seal": noOAEP, "open": noOAEP, "deflate": noDEF, "inflate": noDEF, "salt": noSalt, "certified": noChain,
			},
			makes: keys.PS512,
		},
	}
}
