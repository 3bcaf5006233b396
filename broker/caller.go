package broker

import (
	"slices"
	"strings"
)

// PersonID names a person. Package account keeps them.
type PersonID string

// Role is what a person is in an organisation.
type Role string

// The roles. What each may do is said by Right.
const (
	RoleOwner     Role = "owner"     // everything
	RoleDeveloper Role = "developer" // clients, destinations, drafts and proposals
	RoleOperator  Role = "operator"  // releases, rolls back, takes offline and online
	RoleReader    Role = "reader"    // reads
)

// Roles lists them, the one that may most first.
func Roles() []Role { return []Role{RoleOwner, RoleDeveloper, RoleOperator, RoleReader} }

// Right is what a caller may do for an organisation.
type Right string

// The rights.
const (
	RightRead    Right = "read"    // everything of the organisation but secrets
	RightDraft   Right = "draft"   // destinations; drafts and proposals of routes and templates
	RightClients Right = "clients" // API clients and their secrets
	RightRelease Right = "release" // release what was proposed, roll back, take offline and online
	RightPeople  Right = "people"  // members and their roles, the name of the organisation
)

func (r Role) may(what Right) bool {
	switch r {
	case RoleOwner:
		return true
	case RoleDeveloper:
		return what == RightRead || what == RightDraft || what == RightClients
	case RoleOperator:
		return what == RightRead || what == RightRelease
	case RoleReader:
		return what == RightRead
	}
	return false
}

// scopes are those that a person in the role stands for in the services that ask for scopes.
func (r Role) scopes() []Scope {
	if r.may(RightDraft) {
		return []Scope{ScopeManage}
	}
	return nil
}

// Caller is who asks: an API client with the scopes of its token, a person in a role, or the operator of this installation. The zero
// Caller is nobody and may do nothing that is not public.
type Caller struct {
	Client ClientID
	Person PersonID
	Role   Role // of Person in Org; none: a person who named no organisation, or an operator
	Org    OrgID
	Scopes []Scope

	operator bool
}

// Operator is the caller of the wiring and of the operator's commands, acting for org. No request of a stranger can
// become it.
func Operator(org OrgID) Caller { return Caller{Org: org, operator: true} }

// PersonCaller is a person who acts for org in a role. Without an organisation the person is known, and may do what needs none.
func PersonCaller(id PersonID, org OrgID, role Role) Caller {
	if org == "" {
		return Caller{Person: id}
	}
	return Caller{Person: id, Org: org, Role: role, Scopes: role.scopes()}
}

// PlatformCaller is an operator of the platform who is a person, and so can be the second one of two. It may act for every organisation: the
// one in Org, if it is set.
func PlatformCaller(id PersonID) Caller { return Caller{Person: id, operator: true} }

// Name says who it is, for people who read later what was done.
func (c Caller) Name() string {
	switch {
	case c.Person != "":
		return "person " + string(c.Person)
	case c.Client != "":
		return "client " + string(c.Client)
	case c.operator:
		return "operator"
	}
	return "nobody"
}

// Has reports whether the caller holds scope s, or a part of it: then for what is a question to ask about what it wants to do.
func (c Caller) Has(s Scope) bool {
	return c.operator || slices.ContainsFunc(c.Scopes, func(held Scope) bool { return held.base() == s })
}

// Known reports whether the caller proved who it is.
func (c Caller) Known() bool { return c.operator || c.Client != "" || c.Person != "" }

// Require refuses a caller that holds none of the scopes: Unauthenticated for nobody, Forbidden otherwise.
func (c Caller) Require(anyOf ...Scope) error {
	if !c.Known() {
		return Unauthenticated.New("unauthorized", "this call needs an access token: send \"Authorization: Bearer <token>\" with a token from the token endpoint")
	}
	if slices.ContainsFunc(anyOf, c.Has) {
		return nil
	}
	if c.Person != "" {
		return c.lacks(RightDraft)
	}
	return Forbidden.New("forbidden", "the access token lacks the scope %s", anyOf[0])
}

// May reports whether the caller has a right in Org. An API client whose token is for all destinations of its organisation drafts and proposes;
// it releases nothing, and makes no further clients, which would outlive a leaked secret.
func (c Caller) May(what Right) bool {
	switch {
	case c.operator:
		return true
	case c.Org == "":
		return false
	case c.Person != "":
		return c.Role.may(what)
	}
	return slices.Contains(c.Scopes, ScopeManage) && byClients(what)
}

func byClients(what Right) bool { return what == RightRead || what == RightDraft }

// Entitled refuses a caller that lacks a right in org. Of an organisation that is not the caller's it learns nothing, not even that there is one:
// that is NotFound. An operator has all rights in all.
func (c Caller) Entitled(org OrgID, to Right) error {
	switch {
	case !c.Known():
		return c.Require()
	case c.operator:
		return nil
	case c.Org != org:
		return NoOrg(ErrNoRow, org)
	case c.May(to):
		return nil
	}
	return c.lacks(to)
}

// MayList refuses a caller that may not read what belongs to org, and a page out of bounds.
func (c Caller) MayList(org OrgID, p Page) error {
	if err := c.Entitled(org, RightRead); err != nil {
		return err
	}
	return p.Check()
}

// RequireOperator refuses everybody but operators of the installation.
func (c Caller) RequireOperator() error {
	if !c.operator {
		return Forbidden.New("forbidden", "only the operator of this installation may do this")
	}
	return nil
}

// requireToRead lets those pass who may read what belongs to the organisation, and API clients with one of the scopes.
func (c Caller) requireToRead(anyOf ...Scope) error {
	if c.May(RightRead) {
		return nil
	}
	return c.Require(anyOf...)
}

// lacks says how to come by a right.
func (c Caller) lacks(right Right) error {
	switch {
	case c.Person == "" && byClients(right):
		return Forbidden.New("forbidden", "the access token lacks the scope %s for all destinations", ScopeManage)
	case c.Person == "":
		return Forbidden.New("forbidden", "an API client may not do this, with whatever scope: it takes a person")
	case c.Org == "":
		return Forbidden.New("forbidden", "say for which organisation: this person belongs to several, or to none")
	}
	var may []string
	for _, r := range Roles() {
		if r.may(right) {
			may = append(may, string(r))
		}
	}
	return Forbidden.New("forbidden", "the role %s does not allow this: it takes one of %s", c.Role, strings.Join(may, ", "))
}
