package testenv_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/cmd/node"
)

// publishNext makes the next keys, by a clock that shows what it was two hours ago: so they have been public long enough.
func (s *shared) publishNext(t testing.TB) {
	t.Helper()
	past := s.config
	past.Now = func() time.Time { return time.Now().Add(-2 * broker.PublishedBefore) }
	if _, err := node.RotateKeys(t.Context(), past, string(broker.ServiceKeys)); err == nil || !strings.Contains(err.Error(), "may not know it") {
		t.Fatalf("a key that was made just now is rotated: got %v, want a refusal", err)
	}
}

// rotateKeys moves the keys that sign access tokens and events on, at the first node; all follow, and take each other's tokens. It returns what
// signed events before and what does now.
func (c *cluster) rotateKeys(ctx context.Context, t *testing.T) (former, fresh string) {
	t.Helper()
	c.afterSteps(ctx, func() {})
	former, err := c.eventKey(ctx, c.nodes[0])
	if err != nil {
		t.Fatal(err)
	}
	c.rotate(ctx, t, broker.TokenKeys, c.tokenKey)
	c.exchangeTokens(ctx, t)
	fresh = c.rotate(ctx, t, broker.ServiceKeys, c.eventKey)
	return former, fresh
}

// rotate moves the keys of a use on and returns when all nodes use the new one.
func (c *cluster) rotate(ctx context.Context, t *testing.T, use broker.KeyUse, current func(context.Context, *program) (kid string, err error)) (fresh string) {
	t.Helper()
	var all []node.KeyDescription
	out := c.shared.command(t, "keys", "rotate", "--config", c.nodes[0].configFile(), "--use", string(use), "--json")
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, key := range all {
		if key.State == broker.KeyCurrent {
			fresh = key.KID
		}
	}
	for _, p := range c.nodes {
		eventually(t, "the key "+fresh+" on all nodes", func() bool {
			kid, err := current(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			return kid == fresh
		})
	}
	return fresh
}

// eventKey is the key that a node signs events with: the first that it shows.
func (c *cluster) eventKey(ctx context.Context, p *program) (kid string, err error) {
	raw, err := c.asSender.call(ctx, "GET", p.url()+"/submission-api/.well-known/jwks.json", "", nil, 200)
	if err != nil {
		return "", err
	}
	var set struct{ Keys []struct{ KID string } }
	if err := json.Unmarshal(raw, &set); err != nil {
		return "", err
	}
	return set.Keys[0].KID, nil
}

// tokenKey is the key that a node signs access tokens with.
func (c *cluster) tokenKey(ctx context.Context, p *program) (kid string, err error) {
	as, err := c.logInAt(ctx, p)
	if err != nil {
		return "", err
	}
	header, _, _ := strings.Cut(as.token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		return "", err
	}
	var head struct{ KID string }
	err = json.Unmarshal(raw, &head)
	return head.KID, err
}

// logInAt fetches a token of one node.
func (c *cluster) logInAt(ctx context.Context, p *program) (caller, error) {
	env := c.env
	env.TokenURL = p.url() + "/token"
	return logIn(ctx, c.asSubscriber.http, env, env.Subscriber)
}

// exchangeTokens shows the tokens of each node to each.
func (c *cluster) exchangeTokens(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, issuer := range c.nodes {
		as, err := c.logInAt(ctx, issuer)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.nodes {
			if _, err := p.as(as).call(ctx, "GET", "/submissions?limit=1&destinationId="+c.at.ID, "", nil, 200); err != nil {
				t.Errorf("a token of %s: %v", issuer.url(), err)
			}
		}
	}
}

// command runs a command of the program beside the nodes and returns what it prints.
func (s *shared) command(t testing.TB, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(s.binary, args...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return out
}
