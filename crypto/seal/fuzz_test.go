package seal_test

import (
	"bytes"
	"crypto/rsa"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// What is inspected whole and in pieces gets one answer, and what is accepted both libraries can parse.
func FuzzInspect(f *testing.F) {
	f.Add(compact(goodHeader, "AAAA"), 100, false)
	f.Add(compact(goodHeader, ""), 0, true)
	f.Add(compact(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k","x":{"y":[1e3,null]},"zip":"DEF","typ":"JWE"}`, "AA"), 900, true)
	f.Add(compact(goodHeader, "AA\nAA")+"=", 850, false)
	f.Add("....", 2, true)
	f.Fuzz(func(t *testing.T, text string, cut int, first bool) {
		rules := seal.V2Content()
		if first {
			rules = seal.V1()
		}
		info, err := seal.Inspect(text, rules)
		cut = min(max(cut, 0), len(text))
		again, errAgain := pieces(text, rules, int64(len(text)), cut/2, cut)
		if info != again || message(err) != message(errAgain) {
			t.Fatalf("whole: %+v, %v; cut at %d: %+v, %v", info, err, cut, again, errAgain)
		}
		if err != nil {
			return
		}
		if !strings.HasSuffix(text, "."+info.Tag) || info.Size != int64(len(text)) {
			t.Errorf("got %+v of %q", info, text)
		}
		checkLibraries(t, text, info)
	})
}

// The same for headers alone, which mutations of base64url seldom reach.
func FuzzInspectHeader(f *testing.F) {
	f.Add(goodHeader)
	f.Add(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k","x":{"y":[1e3,null]},"zip":"DEF","typ":"JWE"}`)
	f.Add(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"\u006b","x5t":"a","x5t#S256":"b","nonce":"c","exp":1e999}`)
	f.Add(`{"crit":["b64"],"b64":false,"jwk":{},"jku":"u","x5u":"u","x5c":[],"epk":{},"p2c":1,"p2s":"","apu":"","apv":"","iv":"","tag":""}`)
	f.Fuzz(func(t *testing.T, header string) {
		text := compact(header, "AAAA")
		if info, err := seal.Inspect(text, seal.V1()); err == nil {
			checkLibraries(t, text, info)
		}
	})
}

// checkLibraries demands that both libraries parse what was accepted, and find the same kid.
func checkLibraries(t *testing.T, text string, info seal.Info) {
	t.Helper()
	byJose, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		t.Fatalf("accepted, but go-jose says %v", err)
	}
	byJWX, err := jwe.Parse([]byte(text))
	if err != nil {
		t.Fatalf("accepted, but jwx says %v", err)
	}
	if got, want := info.Header.KID, byJWX.ProtectedHeaders().KeyID(); got != want || got != byJose.Header.KeyID {
		t.Errorf("got kid %q, jwx %q, go-jose %q", got, want, byJose.Header.KeyID)
	}
}

// What opens opens to the same in go-jose, and within the limit.
func FuzzOpen(f *testing.F) {
	key := recipient()
	for _, length := range []int{0, 3, 40} {
		for _, sealer := range []func() (string, error){
			func() (string, error) { return seal.Seal(key.Public, seal.JSON, plain(length)) },
			func() (string, error) { return seal.SealDeflated(key.Public, "", plain(length)) },
		} {
			sealed, err := sealer()
			if err != nil {
				f.Fatal(err)
			}
			f.Add([]byte(sealed), int64(length))
		}
	}
	f.Fuzz(func(t *testing.T, compact []byte, limit int64) {
		got, info, err := seal.Open(key, compact, seal.V1(), limit)
		if err != nil {
			if got != nil || info != (seal.Info{}) {
				t.Errorf("got %q, %+v beside %v", got, info, err)
			}
			return
		}
		parsed, err := jose.ParseEncryptedCompact(string(compact), []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
		if err != nil {
			t.Fatal(err)
		}
		want, err := parsed.Decrypt(key.Secret)
		if err != nil || !bytes.Equal(got, want) || int64(len(got)) > limit {
			t.Errorf("got %q within %d, go-jose %q, %v", got, limit, want, err)
		}
	})
}

// Opening to a file takes the same decision as opening in memory and gives the same plaintext, in whatever pieces the
// JWE is read.
func FuzzOpenFile(f *testing.F) {
	key := recipient()
	for _, length := range []int{0, 3, 40, chunk + 1} {
		streamed, _ := stream(f, key.Public, seal.JSON, noise(length), chunk)
		deflated, err := seal.SealDeflated(key.Public, "", plain(length))
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(streamed), int64(length), uint64(length))
		f.Add([]byte(deflated), int64(length), uint64(length))
		f.Add([]byte(deflated), int64(length)-1, uint64(length))
		f.Add([]byte(streamed[:len(streamed)-30]+"\n"+streamed[len(streamed)-30:]), int64(length), uint64(length))
	}
	f.Fuzz(func(t *testing.T, compact []byte, limit int64, seed uint64) {
		want, wantInfo, wantErr := seal.Open(key, compact, seal.V1(), limit)
		in := cutting{bytes.NewReader(compact), rand.New(rand.NewPCG(seed, 11))}
		got, info, err := openFile(t, in, seal.V1(), limit)
		if (err == nil) != (wantErr == nil) || !bytes.Equal(got, want) {
			t.Fatalf("got %q, %v, in memory %q, %v", got, err, want, wantErr)
		}
		if err == nil && info != wantInfo || err == seal.ErrOpen && wantErr != seal.ErrOpen {
			t.Errorf("got %+v, %v, in memory %+v, %v", info, err, wantInfo, wantErr)
		}
	})
}

// The front check of opening to a file is the one of Inspect, also where decoding does the checking. The key is none: too
// short to unwrap anything, so that no time goes into it.
func FuzzOpenFileChecks(f *testing.F) {
	secret, err := rsa.GenerateKey(nil, 1024)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(compact(goodHeader, "AAAA"), uint64(0))
	f.Add(compact(goodHeader, strings.Repeat("Vierkant", 20)+"AA"), uint64(1))
	f.Add(compact(goodHeader, strings.Repeat("Vierkant", 20)+"\nAA"), uint64(2))
	f.Add(compact(goodHeader, strings.Repeat("Vierkant", 20)+"\u00e4")+"A.A", uint64(3))
	f.Add(compact(goodHeader, "AAB"), uint64(4))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		want, wantErr := seal.Inspect(text, seal.V2Content())
		folder := t.TempDir()
		key := func(h seal.Header) (keys.Private, error) {
			return keys.Private{Public: keys.Public{KID: h.KID}, Secret: secret}, nil
		}
		info, err := seal.OpenFile(filepath.Join(folder, "plaintext"), inPieces(text, int(seed)), key, seal.V2Content(), math.MaxInt64)
		expectFiles(t, folder)
		if wantErr == nil {
			wantErr = seal.ErrOpen
		}
		if info != want || message(err) != message(wantErr) {
			t.Errorf("got %+v, %v, want %+v, %v", info, err, want, wantErr)
		}
	})
}
