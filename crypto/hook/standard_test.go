package hook_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/hook"
)

// The vector of the reference implementation of Standard Webhooks, libraries/go/webhook_test.go.
const (
	theirSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	theirID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	theirTimestamp = "1614265330"
	theirBody      = `{"test": 2432232314}`
	theirSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	otherSecret    = "another-secret-of-at-least-thirty-two-characters"
)

func theirTime() time.Time { return time.Unix(1614265330, 0) }

func TestStandardVector(t *testing.T) {
	t.Parallel()
	if got := hook.SignStandard(theirID, theirTime(), []byte(theirBody), theirSecret); got != theirSignature {
		t.Errorf("got %q, want %q", got, theirSignature)
	}
	if err := hook.VerifyStandard(theirSecret, theirID, theirTimestamp, theirSignature, []byte(theirBody), theirTime()); err != nil {
		t.Errorf("got %v, want none", err)
	}
}

// TestStandardOverlap: with two secrets there are two signatures, and who knows either believes the call.
func TestStandardOverlap(t *testing.T) {
	t.Parallel()
	both := hook.SignStandard(theirID, theirTime(), []byte(theirBody), theirSecret, otherSecret)
	if len(strings.Fields(both)) != 2 {
		t.Fatalf("got %q, want two signatures", both)
	}
	for secret, want := range map[string]error{theirSecret: nil, otherSecret: nil, strings.Repeat("x", 32): hook.ErrMismatch} {
		if got := hook.VerifyStandard(secret, theirID, theirTimestamp, both, []byte(theirBody), theirTime()); !errors.Is(got, want) {
			t.Errorf("%s: got %v, want %v", secret, got, want)
		}
	}
}

func TestVerifyStandard(t *testing.T) {
	t.Parallel()
	flipped := strings.Replace(theirSignature, "g0hM", "h0hM", 1)
	cases := map[string]struct {
		secret, id, timestamp, signature, body string
		age                                    time.Duration
		want                                   error
	}{
		"fresh":               {theirSecret, theirID, theirTimestamp, theirSignature, theirBody, 0, nil},
		"among others":        {theirSecret, theirID, theirTimestamp, "v1,x v1a,AAAA  " + flipped + " " + theirSignature, theirBody, 0, nil},
		"as old as allowed":   {theirSecret, theirID, theirTimestamp, theirSignature, theirBody, hook.MaxAge, nil},
		"too old":             {theirSecret, theirID, theirTimestamp, theirSignature, theirBody, hook.MaxAge + time.Second, hook.ErrStale},
		"too far ahead":       {theirSecret, theirID, theirTimestamp, theirSignature, theirBody, -hook.MaxAhead - time.Second, hook.ErrStale},
		"no secret":           {"", theirID, theirTimestamp, theirSignature, theirBody, 0, hook.ErrSecret},
		"other body":          {theirSecret, theirID, theirTimestamp, theirSignature, theirBody + " ", 0, hook.ErrMismatch},
		"other id":            {theirSecret, "msg_other", theirTimestamp, theirSignature, theirBody, 0, hook.ErrMismatch},
		"other time":          {theirSecret, theirID, "1614265331", theirSignature, theirBody, 0, hook.ErrMismatch},
		"other version":       {theirSecret, theirID, theirTimestamp, "v2" + theirSignature[2:], theirBody, 0, hook.ErrMismatch},
		"without version":     {theirSecret, theirID, theirTimestamp, theirSignature[3:], theirBody, 0, hook.ErrMismatch},
		"one bit":             {theirSecret, theirID, theirTimestamp, flipped, theirBody, 0, hook.ErrMismatch},
		"shortened":           {theirSecret, theirID, theirTimestamp, "v1,", theirBody, 0, hook.ErrMismatch},
		"no signature":        {theirSecret, theirID, theirTimestamp, "", theirBody, 0, hook.ErrMismatch},
		"far too many":        {theirSecret, theirID, theirTimestamp, strings.Repeat("v1, ", 2000) + theirSignature, theirBody, 0, hook.ErrMalformed},
		"no id":               {theirSecret, "", theirTimestamp, theirSignature, theirBody, 0, hook.ErrMalformed},
		"an endless id":       {theirSecret, strings.Repeat("i", 257), theirTimestamp, theirSignature, theirBody, 0, hook.ErrMalformed},
		"no time":             {theirSecret, theirID, "", theirSignature, theirBody, 0, hook.ErrMalformed},
		"time with a sign":    {theirSecret, theirID, "+" + theirTimestamp, theirSignature, theirBody, 0, hook.ErrMalformed},
		"id and time shifted": {theirSecret, theirID + "." + theirTimestamp, theirTimestamp, theirSignature, theirBody, 0, hook.ErrMismatch},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := hook.VerifyStandard(c.secret, c.id, c.timestamp, c.signature, []byte(c.body), theirTime().Add(c.age))
			if !errors.Is(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestSecrets: a new one is good for both schemes, and one that only looks like base64 is taken as it is.
func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{hook.NewSecret(), hook.NewSecret(), "whsec_no base64 but long enough for a secret", otherSecret} {
		if err := hook.CheckSecret(secret); err != nil {
			t.Errorf("%s: got %v, want none", secret, err)
		}
		signature := hook.SignStandard("1", theirTime(), nil, secret)
		if err := hook.VerifyStandard(secret, "1", theirTimestamp, signature, nil, theirTime()); err != nil {
			t.Errorf("%s: got %v, want none", secret, err)
		}
	}
	if one, other := hook.NewSecret(), hook.NewSecret(); one == other {
		t.Errorf("got %s twice", one)
	}
}

// FuzzVerifyStandard holds that nothing verifies but what SignStandard made for these very bytes.
func FuzzVerifyStandard(f *testing.F) {
	f.Add(theirID, theirTimestamp, theirSignature, []byte(theirBody))
	f.Add("", "", "", []byte(nil))
	f.Add("a.b", "1", "v1,AAAA v2,", []byte("{}"))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		if hook.VerifyStandard(theirSecret, id, timestamp, signature, body, theirTime()) != nil {
			return
		}
		want := hook.SignStandard(id, theirTime(), body, theirSecret)
		if timestamp != theirTimestamp || !strings.Contains(signature, want) {
			t.Errorf("verified %q %q %q, want only %q", id, timestamp, signature, want)
		}
	})
}
