// Package oidc lets people sign in by OpenID Connect: at providers that the operator configured, with the authorization code flow, PKCE (S256), state and nonce.
//
// # Who somebody is
//
// A provider's issuer and its subject together name an identity; nothing else does. An identity becomes a person's in two ways only: the person is signed in and links it,
// or somebody who has the link of an invitation becomes a person with it. A mail address never links: whoever runs a provider, or has an old address there,
// would be anybody here. An identity that is linked to nobody is refused, and told how to be linked.
//
// # Nothing of strangers is kept
//
// Beginning writes nothing: provider, state, nonce, PKCE verifier and purpose go into a cookie of the browser, wrapped, good for ten minutes. So the answer is taken
// only in the browser that asked, for the provider that was asked and for the purpose that was meant; what another browser asked for (a code that was
// slipped in) fits neither state nor verifier nor nonce. State is noted once an answer was good, in the transaction of what follows from it: a second answer to the same question does nothing.
//
// # How sure the provider is
//
// A session takes two factors (package signin). Whether the provider saw to that is said by the operator: it is trusted to, or its "acr" or "amr" has to be one of
// those listed. Otherwise the provider is one factor, and the second is asked for here. Absent claims prove nothing.
//
// # Calls
//
// Discovery, keys and tokens are fetched through the client of the provider's configuration, which is a guarded one: https, no redirects, bounded in size and time. Only
// asymmetric signatures are taken. The rest of what the provider says, access token and all, is dropped.
package oidc
