package template

import (
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// ID names a template.
type ID string

// State is where a template stands.
type State string

// The states.
const (
	Draft  State = "draft"  // for its owner's eyes only
	Open   State = "open"   // for everybody to adopt
	Closed State = "closed" // to who has adopted it as before, to nobody else
)

// Content is what its owner says about an online service.
type Content struct {
	Name      string   // for those who look for something to adopt
	Services  []string // URNs
	Schemas   []string // URIs; none: those that a destination offers for the services
	Languages []string // BCP 47; all texts are in each
	Shared    broker.RouteInfo
	Fees      []broker.Text // what it costs
	Results   []broker.Text // what the applicant gets in the end
}

// Template is what all authorities that offer an online service have in common.
type Template struct {
	ID      ID
	Org     broker.OrgID
	State   State
	Version int // of Content; 0: never opened
	Content
	Created, Changed time.Time
}

// Version is one state of a template that was in force.
type Version struct {
	Template   ID
	Number     int // 1 is the first
	By         string
	ReleasedBy string             // the second person; none: it took one
	Proposal   account.ProposalID // that was released; none: it took one person
	At         time.Time
	Comment    string
	Content
}

// Part is what an authority says about itself.
type Part struct {
	Name        string // the authority's, for people
	Destination broker.DestinationID
	Regions     []string         // "DE…"
	From, Until time.Time        // in force from, and before; zero: open
	Own         broker.RouteInfo // nothing that is the template's
}

// Adoption is an authority's use of a template.
type Adoption struct {
	ID       broker.AdoptionID
	Org      broker.OrgID
	Template ID
	Part
	Proposal      account.ProposalID // of its route, the last one; none: there was none
	Made, Changed time.Time
	Left          time.Time // zero: not left
}

// RouteKey names the route of an adoption among those of its organisation.
func RouteKey(id broker.AdoptionID) string { return "template/" + string(id) }

// Bounds.
const (
	MaxTemplates = 1000   // of an organisation
	MaxAdoptions = 10_000 // of an organisation, with those that it has left
)

// Missing is something that has to be there first.
type Missing struct {
	Field string // for programs: name, services, languages, destination, regions, contacts, privacyPolicyUrl, …
	Text  string // with the way out
}
