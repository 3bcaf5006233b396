// Package attest signs and checks addressing information: the destinationSignature of a route (FIT-Connect contract 5.5). With it
// the portal attests that a destination at a delivery service serves these services in these areas, so that a sender
// need not believe the routing service, nor whoever may have changed its answer.
//
// It is a JWS, PS512, typ JWT, signed once when a route is published and stored; there is no expiry, a route that ends is
// simply no longer listed. Claims name regions by their ARS, since nothing else is in use, but services by their full
// URN, because not every service is in the LeiKa catalogue (urn:schema-fitko-de:fit-connect:… is not).
// Rejected: bare service keys, which would have been shorter and could not have said that.
//
// The whole country has no ARS, but a delivery service may be responsible for all of it. It is written as twelve zeros,
// urn:…:schluessel:rs:000000000000: what remains of DE000000000000, the form that the live service takes in
// destinations (FIT-Connect contract 4.2). A reader that compares by prefix without padding, as this one does, needs no
// special case for it.
//
// Beside it stands the head of a snapshot: the portal's word, typ routes+jwt, for a list of all routes that a sender keeps for outages.
// It holds the digest of the list, so that priority, time and place of a route cannot be changed either, which no addressing
// information attests.
//
// Invariants:
//   - [Verify] leaves nothing of an expectation unchecked: an empty field matches nothing, but for Region, where
//     empty means the whole country.
//   - What [Sign] signs, [Parse] accepts.
package attest
