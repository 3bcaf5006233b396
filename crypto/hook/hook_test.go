package hook_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/crypto/hook"
)

const (
	secret    = "insecure_unsafe_qHScgrg_kP-R31jHUwp3GkVkGJolvBchz65b74Lzue0"
	timestamp = "1672527599"
	shortBody = `{"type":"https://schema.fitko.de/fit-connect/submission-api/callbacks/new-submissions","submissionIds":["f39ab143-d91a-474a-b69f-b00f1a1873c2"]}`
	shortMAC  = "798cd0edb70c08e5b32aa8a18cbbc8ff6b3078c51af6d011ff4e32e470c746234fc4314821fe5185264b029e962bd37de33f3b9fc5f1a93c40ce6672845e90df"
	longBody  = `{"type":"https://schema.fitko.de/fit-connect/submission-api/callbacks/new-submissions","submissionIds":["f39ab143-d91a-474a-b69f-b00f1a1873c2"],"submissions":[{"destinationId":"d12caea8-f372-4eb1-b102-b0a228253a11","submissionId":"f39ab143-d91a-474a-b69f-b00f1a1873c2","caseId":"9eec7d3e-dc66-4f82-9f52-1520bf96a32e"}]}`
	longMAC   = "2056b372b5bcec06d8f11ab79b84b42d6cbe1c8e1178cdfa36e4385dcf717758aaa7599f417d9ec3e079087884f4fd59680bf713621383e2d4414ef74fb10df3"
)

func signedAt() time.Time { return time.Unix(1672527599, 0) }

// The golden vectors of FIT-Connect contract 9.2.
func TestSignGolden(t *testing.T) {
	t.Parallel()
	for _, vector := range []struct{ body, want string }{{shortBody, shortMAC}, {longBody, longMAC}} {
		gotTime, got := hook.Sign(secret, signedAt(), []byte(vector.body))
		if gotTime != timestamp {
			t.Errorf("timestamp: got %q, want %q", gotTime, timestamp)
		}
		if got != vector.want {
			t.Errorf("authentication: got %q, want %q", got, vector.want)
		}
		if err := hook.Verify(secret, gotTime, got, []byte(vector.body), signedAt()); err != nil {
			t.Errorf("verify: got %v, want none", err)
		}
	}
}

func TestSignCutsToSeconds(t *testing.T) {
	t.Parallel()
	got, _ := hook.Sign(secret, signedAt().Add(999*time.Millisecond), nil)
	if got != timestamp {
		t.Errorf("got %q, want %q", got, timestamp)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	flipped := "0" + shortMAC[1:]
	cases := map[string]struct {
		secret, timestamp, mac, body string
		age                          time.Duration
		want                         error
	}{
		"fresh":                {secret, timestamp, shortMAC, shortBody, 0, nil},
		"as old as allowed":    {secret, timestamp, shortMAC, shortBody, hook.MaxAge, nil},
		"too old":              {secret, timestamp, shortMAC, shortBody, hook.MaxAge + time.Second, hook.ErrStale},
		"ahead as allowed":     {secret, timestamp, shortMAC, shortBody, -hook.MaxAhead, nil},
		"too far ahead":        {secret, timestamp, shortMAC, shortBody, -hook.MaxAhead - time.Second, hook.ErrStale},
		"far in the future":    {secret, "999999999999", shortMAC, shortBody, 0, hook.ErrStale},
		"other secret":         {strings.Repeat("x", 32), timestamp, shortMAC, shortBody, 0, hook.ErrMismatch},
		"no secret":            {"", timestamp, shortMAC, shortBody, 0, hook.ErrSecret},
		"other body":           {secret, timestamp, shortMAC, shortBody + " ", 0, hook.ErrMismatch},
		"other time":           {secret, "1672527598", shortMAC, shortBody, 0, hook.ErrMismatch},
		"one bit":              {secret, timestamp, flipped, shortBody, 0, hook.ErrMismatch},
		"upper case":           {secret, timestamp, strings.ToUpper(shortMAC), shortBody, 0, hook.ErrMalformed},
		"too short":            {secret, timestamp, shortMAC[1:], shortBody, 0, hook.ErrMalformed},
		"not hex":              {secret, timestamp, shortMAC[:60] + "g" + shortMAC[61:], shortBody, 0, hook.ErrMalformed},
		"no mac":               {secret, timestamp, "", shortBody, 0, hook.ErrMalformed},
		"no time":              {secret, "", shortMAC, shortBody, 0, hook.ErrMalformed},
		"time zero":            {secret, "0", shortMAC, shortBody, 0, hook.ErrMalformed},
		"time with sign":       {secret, "+1672527599", shortMAC, shortBody, 0, hook.ErrMalformed},
		"time before 1970":     {secret, "-1672527599", shortMAC, shortBody, 0, hook.ErrMalformed},
		"time padded":          {secret, "01672527599", shortMAC, shortBody, 0, hook.ErrMalformed},
		"time with fraction":   {secret, "1672527599.5", shortMAC, shortBody, 0, hook.ErrMalformed},
		"time in milliseconds": {secret, "1672527599000", shortMAC, shortBody, 0, hook.ErrMalformed},
		"time beyond 64 bits":  {secret, "99999999999999999999", shortMAC, shortBody, 0, hook.ErrMalformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := hook.Verify(c.secret, c.timestamp, c.mac, []byte(c.body), signedAt().Add(c.age))
			if !errors.Is(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestCheckSecret(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		secret string
		want   error
	}{
		"shortest":               {strings.Repeat("a", 32), nil},
		"longest":                {strings.Repeat("a", 512), nil},
		"counted in characters":  {strings.Repeat("ß", 512), nil},
		"too short":              {strings.Repeat("a", 31), hook.ErrSecret},
		"too short, not in byte": {strings.Repeat("ß", 31), hook.ErrSecret},
		"too long":               {strings.Repeat("a", 513), hook.ErrSecret},
		"not UTF-8":              {strings.Repeat("\xff", 40), hook.ErrSecret},
		"none":                   {"", hook.ErrSecret},
	}
	for name, c := range cases {
		if got := hook.CheckSecret(c.secret); !errors.Is(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// FuzzVerify holds that nothing verifies but what Sign made for these very bytes.
func FuzzVerify(f *testing.F) {
	f.Add(timestamp, shortMAC, []byte(shortBody))
	f.Add(timestamp, longMAC, []byte(longBody))
	f.Add("", "", []byte(nil))
	f.Add("-1", strings.Repeat("0", 128), []byte("{}"))
	f.Fuzz(func(t *testing.T, timestamp, mac string, body []byte) {
		if hook.Verify(secret, timestamp, mac, body, signedAt()) != nil {
			return
		}
		seconds, err := strconv.ParseInt(timestamp, 10, 64)
		if err != nil {
			t.Fatalf("verified the timestamp %q", timestamp)
		}
		wantTime, wantMAC := hook.Sign(secret, time.Unix(seconds, 0), body)
		if timestamp != wantTime || mac != wantMAC {
			t.Errorf("verified %q %q, want only %q %q", timestamp, mac, wantTime, wantMAC)
		}
	})
}
