package client_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/crypto/attest"
	"github.com/vierkant/vierkant/crypto/keys"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		attested string // ARS that the portal signed
		area     client.Area
		region   string // of the route
		covered  bool
	}{
		{"the ARS itself", "055150000000", client.Area{ARS: "055150000000"}, "DE05515", true},
		{"the Kreis above an ARS", "05515", client.Area{ARS: "055150000000"}, "DE05515", true},
		{"the Land above an ARS", "05", client.Area{ARS: "053660004004"}, "DE053660004004", true},
		{"the whole country", "000000000000", client.Area{ARS: "053660004004"}, "DE053660004004", true},
		{"another municipality", "053660004004", client.Area{ARS: "055150000000"}, "", false},
		{"a part of what was asked for", "055150000000", client.Area{ARS: "05"}, "", false},
		{"the municipality of an AGS", "053660004004", client.Area{AGS: "05366004"}, "DE053660004004", true},
		{"the association of an AGS", "053660004", client.Area{AGS: "05366004"}, "", true},
		{"another municipality than that of the AGS", "053660008008", client.Area{AGS: "05366004"}, "", false},
		{"an association in another Kreis", "053700004", client.Area{AGS: "05366004"}, "", false},
		{"the AGS of a city", "05515", client.Area{AGS: "05515000"}, "DE05515", true},
		{"an id, which says nothing", "09", client.Area{ID: "4711"}, "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			b.routes = []wire.Route{b.route(tc.attested, destinationID)}
			routes, err := b.client().Routes(context.Background(), serviceKey, tc.area)
			if !tc.covered {
				if !errors.Is(err, attest.ErrNotCovered) {
					t.Errorf("Routes = %v, %v, want ErrNotCovered", routes, err)
				}
				return
			}
			if err != nil || len(routes) != 1 {
				t.Fatalf("Routes = %v, %v, want one", routes, err)
			}
			if got := routes[0]; got.DestinationID != destinationID || got.Service != serviceURN || got.Region != tc.region || len(got.Attested) != 1 {
				t.Errorf("route = %+v, want destination %s, the service and region %q", got, destinationID, tc.region)
			}
		})
	}
}

// TestRoutesFindsTampering: no route leaves the client whose addressing information does not hold, and none beside it.
func TestRoutesFindsTampering(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		tamper func(b *broker, claims *attest.Claims) keys.Private // returns the key to sign with
		reason string
	}{
		{"for another destination", func(b *broker, c *attest.Claims) keys.Private { c.DestinationID = otherID; return b.keys.portal }, "destination"},
		{"for another host", func(b *broker, c *attest.Claims) keys.Private {
			c.SubmissionHost = "elsewhere.example"
			return b.keys.portal
		}, "host"},
		{"of another portal", func(b *broker, c *attest.Claims) keys.Private {
			c.Issuer = "https://elsewhere.example"
			return b.keys.portal
		}, "issuer"},
		{"for another service", func(b *broker, c *attest.Claims) keys.Private {
			c.Services[0].Services = []string{"urn:de:fim:leika:leistung:99000000000000"}
			return b.keys.portal
		}, "cover"},
		{"for another region", func(b *broker, c *attest.Claims) keys.Private {
			c.Services[0].Regions = []string{"09"}
			return b.keys.portal
		}, "cover"},
		{"signed with a foreign key", func(b *broker, _ *attest.Claims) keys.Private {
			foreign := b.keys.signing
			foreign.KID = b.keys.portal.KID
			return foreign
		}, "signature"},
		{"signed with an unknown key", func(b *broker, _ *attest.Claims) keys.Private {
			renamed := b.keys.portal
			renamed.KID = "portal-unknown"
			return renamed
		}, "portal-unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			claims := b.addressing("05515", destinationID)
			key := tc.tamper(b, &claims)
			b.routes = append(b.routes, wire.Route{DestinationID: destinationID, DestinationSignature: b.attest(claims, key)})
			routes, err := b.client().Routes(context.Background(), serviceKey, client.Area{ARS: "05515"})
			var route *client.RouteError
			if !errors.As(err, &route) || routes != nil {
				t.Fatalf("Routes = %v, %v, want a RouteError and no route", routes, err)
			}
			if !strings.Contains(err.Error(), tc.reason) {
				t.Errorf("Routes: %v, want the reason %q", err, tc.reason)
			}
		})
	}
}

func TestRoutesAsks(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBroker(t)
	c := b.client()
	for _, area := range []client.Area{{}, {ARS: "05515", AGS: "05515"}, {ARS: "0551"}, {AGS: "0551"}, {ID: "x"}, {ARS: "05515", ID: "1"}} {
		if _, err := c.Routes(ctx, serviceKey, area); err == nil {
			t.Errorf("Routes in %+v: got no error", area)
		}
	}
	if _, err := c.Routes(ctx, serviceURN, client.Area{ARS: "05515"}); err == nil {
		t.Error("Routes of a URN: got no error, want one that asks for the key")
	}
	b.change(func() { b.routes = nil })
	if routes, err := c.Routes(ctx, serviceKey, client.Area{ARS: "05515"}); err != nil || len(routes) > 0 {
		t.Errorf("no routes: got %v, %v, want none and no error", routes, err)
	}
}

// TestEncryptionKey hands out a key only if it is fit and the one that the destination names.
func TestEncryptionKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(b *broker)
		reason string // "" for a key that is fine
	}{
		{"fine", func(*broker) {}, ""},
		{"without certificate", func(b *broker) { b.republish(func(k *keys.Public) { k.Chain = nil }) }, "x5c"},
		{"of another key pair", func(b *broker) { b.republish(func(k *keys.Public) { k.Key = b.keys.service.Key }) }, "x5c-key"},
		{"for signatures", func(b *broker) { b.republish(func(k *keys.Public) { k.Alg = keys.PS512 }) }, "alg"},
		{"with another kid", func(b *broker) { b.republish(func(k *keys.Public) { k.KID = "other-wrapKey" }) }, "other-wrapKey"},
		{"not there", func(b *broker) { b.destination.EncryptionKID = "absent-wrapKey" }, "404"},
		{"not named", func(b *broker) { b.destination.EncryptionKID = "" }, "key id"},
		{"named like a path", func(b *broker) { b.destination.EncryptionKID = "../../../portal/.well-known/jwks.json" }, "404"},
		{"of another destination", func(b *broker) { b.destination.DestinationID = otherID }, otherID},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBroker(t)
			tc.change(b)
			key, err := b.client().EncryptionKey(context.Background(), destinationID)
			if tc.reason == "" {
				if err != nil || key.KID != b.keys.encryption.KID {
					t.Errorf("EncryptionKey = %s, %v, want %s", key.KID, err, b.keys.encryption.KID)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.reason) || key.Key != nil {
				t.Errorf("EncryptionKey = %s, %v, want no key and the reason %q", key.KID, err, tc.reason)
			}
			if _, err := b.client().Sender().Send(context.Background(), application()); err == nil || b.count("POST /submission-api") > 0 {
				t.Errorf("Send: %v, want an error before anything is announced", err)
			}
		})
	}
}

// republish changes the encryption key that the broker shows.
func (b *broker) republish(change func(*keys.Public)) {
	key := b.keys.encryption.Public
	key.Ops = slices.Clone(key.Ops)
	change(&key)
	b.jwks[b.keys.encryption.KID] = key
}

// TestKeysAreNotKept asks for destination and key before each submission.
func TestKeysAreNotKept(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	sender := b.client().Sender()
	a := application()
	a.Attachments = nil
	for range 2 {
		if _, err := sender.Send(context.Background(), a); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.count("GET /submission-api/v2/destinations/" + destinationID); got != 4 {
		t.Errorf("asked %d times for destination or key, want 4", got)
	}
	if got := b.count("POST /token"); got != 1 {
		t.Errorf("asked %d times for a token, want once", got)
	}
}
