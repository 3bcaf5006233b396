package broker

import "slices"

// Caller is who asks: an API client with the scopes of its token, or the operator of this installation. The zero
// Caller is nobody and may do nothing that is not public.
type Caller struct {
	Client ClientID
	Org    OrgID
	Scopes []Scope

	operator bool
}

// Operator is the caller of the wiring and of the operator's commands, acting for org. No request of a stranger can
// become it.
func Operator(org OrgID) Caller { return Caller{Org: org, operator: true} }

// Has reports whether the caller holds scope s, or a part of it: then for what is a question to ask about what it wants to do.
func (c Caller) Has(s Scope) bool {
	return c.operator || slices.ContainsFunc(c.Scopes, func(held Scope) bool { return held.base() == s })
}

// Known reports whether the caller proved who it is.
func (c Caller) Known() bool { return c.operator || c.Client != "" }

// Require refuses a caller that holds none of the scopes: Unauthenticated for nobody, Forbidden otherwise.
func (c Caller) Require(anyOf ...Scope) error {
	if !c.Known() {
		return Unauthenticated.New("unauthorized", "this call needs an access token: send \"Authorization: Bearer <token>\" with a token from the token endpoint")
	}
	if slices.ContainsFunc(anyOf, c.Has) {
		return nil
	}
	return Forbidden.New("forbidden", "the access token lacks the scope %s", anyOf[0])
}
