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
	if err := r.checkURL(c.URL); err != nil {
		return err
	}
	return c.checkSecret(secretKnown)
}

func (r CallbackRule) checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || len(text) > maxText {
		return badRequest("callback.url must be an absolute URL without user name")
	}
	if u.Scheme != "https" && !(r.Insecure && u.Scheme == "http") {
		return badRequest("callback.url must begin with https://")
	}
	return nil
}

func (c CallbackDraft) checkSecret(known bool) error {
	if c.Secret == "" && known {
		return nil
	}
	if n := len([]rune(c.Secret)); n < minCallbackSecret || n > maxCallbackSecret {
		return badRequest("callback.secret is required and has %d to %d characters; it had %d", minCallbackSecret, maxCallbackSecret, n)
	}
	return nil
}

// partRule is a rule of shape about one part of a draft, which is named as on the wire.
type partRule struct {
	part  string
	check func() error
}

// rules are all rules of shape for a draft of a destination. secretKnown says that the callback has a secret already.
func (d DestinationDraft) rules(rule CallbackRule, secretKnown bool) []partRule {
	all := append([]partRule{{"name", d.checkName}}, d.Contact.rules()...)
	all = append(all, servicesRules(d.Services)...)
	all = append(all,
		partRule{"metadataVersions", func() error { return checkVersions(d.MetadataVersions) }},
		partRule{"replyChannels", d.ReplyChannels.check})
	if d.Callback == nil {
		return all
	}
	return append(all,
		partRule{"callback.url", func() error { return rule.checkURL(d.Callback.URL) }},
		partRule{"callback.secret", func() error { return d.Callback.checkSecret(secretKnown) }})
}

// check refuses a draft that breaks a rule of shape, by the first.
func (d DestinationDraft) check(rule CallbackRule, secretKnown bool) error {
	for _, r := range d.rules(rule, secretKnown) {
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

func (d DestinationDraft) checkName() error {
	if len(d.Name) > maxText {
		return badRequest("name has at most %d bytes", maxText)
	}
	return nil
}

func (c Contact) rules() []partRule {
	const of = "contactInformation."
	return []partRule{
		{of + "legalName", c.checkLegalName},
		{of + "email", c.checkEmail},
		{of + "address", func() error { return checkContactText(of+"address", c.Address) }},
		{of + "phone", func() error { return checkContactText(of+"phone", c.Phone) }},
		{of + "unit", func() error { return checkContactText(of+"unit", c.Unit) }},
	}
}

func (c Contact) checkLegalName() error {
	if strings.TrimSpace(c.LegalName) == "" {
		return badRequest("contactInformation.legalName is required")
	}
	return checkContactText("contactInformation.legalName", c.LegalName)
}

func (c Contact) checkEmail() error {
	if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
		return badRequest("contactInformation.email must be a mail address")
	}
	return checkContactText("contactInformation.email", c.Email)
}

func checkContactText(field, text string) error {
	if len(text) > maxText {
		return badRequest("%s has at most %d bytes", field, maxText)
	}
	return nil
}

func checkCount(field string, n int) error {
	if n < 1 || n > maxList {
		return badRequest("%s must have 1 to %d items, it had %d", field, maxList, n)
	}
	return nil
}

func servicesRules(all []OfferedService) []partRule {
	rules := []partRule{{"services", func() error { return checkCount("services", len(all)) }}}
	if len(all) > maxList {
		return rules
	}
	identifiers := make([]string, len(all))
	for i, s := range all {
		rules, identifiers[i] = append(rules, s.rules(fmt.Sprintf("services[%d]", i))...), s.Identifier
	}
	return append(rules, partRule{"services", func() error { return unique("services", identifiers) }})
}

func (s OfferedService) rules(field string) []partRule {
	return []partRule{
		{field + ".identifier", func() error { return checkURN(field+".identifier", s.Identifier) }},
		{field + ".regions", func() error { return checkRegions(field+".regions", s.Regions) }},
		{field + ".submissionSchemas", func() error { return checkSchemas(field+".submissionSchemas", s.Schemas) }},
	}
}

func checkRegions(field string, all []string) error {
	if err := checkCount(field, len(all)); err != nil {
		return err
	}
	for _, r := range all {
		if err := checkRegion(field, r); err != nil {
			return err
		}
	}
	return unique(field, all)
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
