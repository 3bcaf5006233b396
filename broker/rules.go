package broker

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vierkant/vierkant/routing"
)

// The patterns of the wire (FIT-Connect contract 3.2, 3.3).
var (
	regionPattern  = regexp.MustCompile(`^DE[0-9]{0,12}$`)
	versionPattern = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$`)
)

const (
	minCallbackSecret = 32
	maxCallbackSecret = 512
	maxText           = 1024 // names, addresses and the like
	maxList           = 500  // services, regions, schemas, versions of a destination
)

func badRequest(detail string, args ...any) error { return Invalid.New("bad-request", detail, args...) }

func checkURN(field, urn string) error {
	if !routing.IsURN(urn) {
		return badRequest("%s must be a URN in lower case of 7 to 255 characters, like urn:de:fim:leika:leistung:99050012104000", field)
	}
	return nil
}

func checkRegion(field, region string) error {
	if !regionPattern.MatchString(region) {
		return badRequest("%s must be DE followed by at most 12 digits of an ARS, like DE, DE09 or DE094750156156; it was %q", field, clip(region))
	}
	return nil
}

// CheckName refuses a name for people, of an organisation or a person, that is empty, too long or not one line.
func CheckName(field, name string) error {
	if name == "" || strings.TrimSpace(name) != name || len(name) > maxText || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return badRequest("%s must have 1 to %d bytes, in one line, with no space at either end", field, maxText)
	}
	return nil
}

// check refuses an announcement that breaks a rule of shape.
func (a Announcement) check(l Limits, rule CallbackRule) error {
	if err := checkURN("the identifier of the public service", a.Service.Identifier); err != nil {
		return err
	}
	if len(a.Service.Name) > maxText || len(a.Service.Description) > maxText {
		return badRequest("name and description of the public service have at most %d bytes", maxText)
	}
	if a.Region != "" {
		if err := checkRegion("region", a.Region); err != nil {
			return err
		}
	}
	if a.Callback != nil {
		if err := rule.check(*a.Callback, false); err != nil {
			return err
		}
	}
	return checkAttachments(a.Attachments, l)
}

func checkAttachments(all []AttachmentID, l Limits) error {
	if len(all) > l.Attachments {
		return TooLarge.New("payload-too-large", "a submission or reply has at most %d attachments, %d were announced", l.Attachments, len(all))
	}
	return unique("announcedAttachments", all)
}

// unique refuses a list that names something twice.
func unique[T ~string](field string, list []T) error {
	seen := make(map[T]bool, len(list))
	for _, one := range list {
		if seen[one] {
			return badRequest("%s must not name %q twice", field, clip(string(one)))
		}
		seen[one] = true
	}
	return nil
}

// takes refuses a service that the destination does not offer, and a region that lies outside of all it serves. A region
// above a served one is let through: it says less than the sender knows, but nothing wrong.
func (d Destination) takes(identifier, region string) error {
	offer, ok := d.Offered(identifier)
	if !ok {
		return Unprocessable.New("service-not-offered", "the destination does not offer the service %s", identifier)
	}
	if region == "" {
		return nil
	}
	wanted, err := routing.ParseRegion(region)
	if err != nil {
		return badRequest("region: %s", err)
	}
	for _, served := range offer.Regions {
		r, err := routing.ParseRegion(served)
		if err == nil && (r.Covers(wanted) || wanted.Covers(r)) {
			return nil
		}
	}
	return Unprocessable.New("region-not-served", "the destination does not offer this service in the region %s", region)
}

// mayFetch refuses who is not assigned, and everybody once the destination is decommissioned (4.4).
func (d Destination) mayFetch(who Caller) error {
	if err := d.requireAssigned(who); err != nil {
		return err
	}
	if d.Status == DestinationDecommissioned {
		return Forbidden.New("destination-state-invalid", "the destination is decommissioned: nothing can be fetched from it")
	}
	return nil
}

func (d Destination) requireAssigned(who Caller) error {
	if !d.AssignedTo(who.Client) {
		return Forbidden.New("forbidden", "this client is not assigned to the destination %s: assign it in the portal, or use the client that created the destination", d.ID)
	}
	return who.uses(d.ID, ScopeSubscribe)
}

// CallbackRule says where callbacks may go in an environment.
type CallbackRule struct {
	// Insecure allows http and loopback addresses: a test environment that listens on loopback only, when its operator asked for it.
	Insecure bool
}

func (r CallbackRule) check(c CallbackDraft, secretKnown bool) error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.User != nil || len(c.URL) > maxText {
		return badRequest("callback.url must be an absolute URL without user name")
	}
	if u.Scheme != "https" && !(r.Insecure && u.Scheme == "http") {
		return badRequest("callback.url must begin with https://")
	}
	if c.Secret == "" && secretKnown {
		return nil
	}
	if n := len([]rune(c.Secret)); n < minCallbackSecret || n > maxCallbackSecret {
		return badRequest("callback.secret is required and has %d to %d characters; it had %d", minCallbackSecret, maxCallbackSecret, n)
	}
	return nil
}

// check refuses a draft of a destination that breaks a rule of shape. secretKnown says that the callback has a secret already.
func (d DestinationDraft) check(rule CallbackRule, secretKnown bool) error {
	if len(d.Name) > maxText {
		return badRequest("name has at most %d bytes", maxText)
	}
	if err := d.Contact.check(); err != nil {
		return err
	}
	if err := checkServices(d.Services); err != nil {
		return err
	}
	if err := checkVersions(d.MetadataVersions); err != nil {
		return err
	}
	if err := d.ReplyChannels.check(); err != nil {
		return err
	}
	if d.Callback == nil {
		return nil
	}
	return rule.check(*d.Callback, secretKnown)
}

func (c Contact) check() error {
	if strings.TrimSpace(c.LegalName) == "" {
		return badRequest("contactInformation.legalName is required")
	}
	if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
		return badRequest("contactInformation.email must be a mail address")
	}
	for _, text := range []string{c.LegalName, c.Address, c.Phone, c.Email, c.Unit} {
		if len(text) > maxText {
			return badRequest("a field of contactInformation has at most %d bytes", maxText)
		}
	}
	return nil
}

func checkCount(field string, n int) error {
	if n < 1 || n > maxList {
		return badRequest("%s must have 1 to %d items, it had %d", field, maxList, n)
	}
	return nil
}

func checkServices(all []OfferedService) error {
	if err := checkCount("services", len(all)); err != nil {
		return err
	}
	identifiers := make([]string, len(all))
	for i, s := range all {
		if err := s.check(fmt.Sprintf("services[%d]", i)); err != nil {
			return err
		}
		identifiers[i] = s.Identifier
	}
	return unique("services", identifiers)
}

func (s OfferedService) check(field string) error {
	if err := checkURN(field+".identifier", s.Identifier); err != nil {
		return err
	}
	if err := checkCount(field+".regions", len(s.Regions)); err != nil {
		return err
	}
	for _, r := range s.Regions {
		if err := checkRegion(field+".regions", r); err != nil {
			return err
		}
	}
	if err := unique(field+".regions", s.Regions); err != nil {
		return err
	}
	return checkSchemas(field+".submissionSchemas", s.Schemas)
}

func checkSchemas(field string, all []SubmissionSchema) error {
	if err := checkCount(field, len(all)); err != nil {
		return err
	}
	seen := make(map[SubmissionSchema]bool, len(all))
	for _, s := range all {
		if u, err := url.Parse(s.URI); err != nil || u.Scheme == "" || len(s.URI) > maxText {
			return badRequest("%s: schemaUri must be an absolute URI", field)
		}
		if s.MIMEType != "application/json" && s.MIMEType != "application/xml" {
			return badRequest("%s: mimeType must be application/json or application/xml, it was %q", field, clip(s.MIMEType))
		}
		if seen[s] {
			return badRequest("%s must not name %s twice", field, clip(s.URI))
		}
		seen[s] = true
	}
	return nil
}

func checkVersions(all []string) error {
	if err := checkCount("metadataVersions", len(all)); err != nil {
		return err
	}
	for _, v := range all {
		if len(v) > 32 || !versionPattern.MatchString(v) {
			return badRequest("metadataVersions: %q is not a version like 2.1.0", clip(v))
		}
	}
	return unique("metadataVersions", all)
}

// check refuses an empty object and channels that are not JSON objects.
func (r *ReplyChannels) check() error {
	if r == nil {
		return nil
	}
	declared := 0
	for _, channel := range []json.RawMessage{r.EMail, r.DeMail, r.Elster, r.Fink, r.FitConnect, r.IDBundDeMailbox} {
		if channel == nil {
			continue
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(channel, &object) != nil || object == nil || len(channel) > 64*maxText {
			return badRequest("each of the replyChannels must be an object")
		}
		declared++
	}
	if declared == 0 {
		return badRequest("replyChannels must name at least one of eMail, deMail, elster, fink, fitConnect, idBundDeMailbox")
	}
	return nil
}
