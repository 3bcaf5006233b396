package publication

import "github.com/vierkant/vierkant/broker"

// Severity says what a finding means for a plan.
type Severity string

// The severities.
const (
	Refuses Severity = "error"   // it will not be published so
	Warns   Severity = "warning" // it can be published, and is probably not what is wanted
	Notes   Severity = "note"    // what it means for others, and others for it
)

// Code names what was found, for programs.
type Code string

// The codes of what refuses.
const (
	BadDraft           Code = "bad-draft"           // a rule of shape: key, name, URL, text, priority
	BadRegion          Code = "bad-region"          // not a region, or at no level that routes stand at
	BadWindow          Code = "bad-window"          // From is not before Until
	NoCoverage         Code = "no-coverage"         // no service, or no region
	TooMuch            Code = "too-much"            // more entries or routes than an organisation may have, or than addressing information holds
	KeyTwice           Code = "key-twice"           // the change set names a key twice
	KeyUnknown         Code = "key-unknown"         // what is to be deleted is not there
	OfTemplate         Code = "of-template"         // the route belongs to the adoption of a template, and is changed there
	DestinationUnknown Code = "destination-unknown" // or another organisation's
	DestinationGone    Code = "destination-gone"    // decommissioned
	ServiceNotOffered  Code = "service-not-offered"
	RegionNotServed    Code = "region-not-served"
	SchemaNotOffered   Code = "schema-not-offered"
	DestinationTwice   Code = "destination-twice" // for one service and region at one time
	OutsideGrant       Code = "outside-grant"
	ConsentMissing     Code = "consent-missing"
)

// The codes of what warns.
const (
	DestinationInactive Code = "destination-inactive"
	KeyExpires          Code = "key-expires"
	RegionUnknown       Code = "region-unknown"
	RegionFormer        Code = "region-former"
	ServiceNoKey        Code = "service-no-key" // it has no 14-digit key, so nobody finds it by one
	Gap                 Code = "gap"            // of the territory, where nobody answers
	NotRestored         Code = "not-restored"   // a rollback leaves it out, its destination is gone
)

// The codes of notes: how a route stands to others.
const (
	Instead   Code = "instead"    // of a route at a covering region, or of one with a lower priority
	Beside    Code = "beside"     // a route of the same priority: both are answered
	Below     Code = "below"      // a route with a higher priority: not answered while that one is
	NotWithin Code = "not-within" // regions inside at which others stand: these answer there
)

// Finding is something that people should know before they publish. Text says the way out.
type Finding struct {
	Severity Severity
	Code     Code
	Key      string       // of the route; none: the change set as a whole
	Service  string       // URN of one that it is about, perhaps of several
	Region   string       // of one that it is about, perhaps of several
	Org      broker.OrgID // of the other organisation that it is about
	Count    int          // places that it is about; 0: none in particular
	Text     string
}

// Refused is the cause of the error with which a change set is refused; errors.As finds it.
type Refused struct{ Findings []Finding }

// Error implements error.
func (r *Refused) Error() string {
	if len(r.Findings) == 0 {
		return "refused"
	}
	return r.Findings[0].Text
}
