package destinations

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/routing/catalogue"
)

// What the fields of forms stand for in a draft, and back. Names of fields are those of the wire where one field is one member.

// basics are the fields of what is said of a destination as a whole.
func basics(d broker.DestinationDraft) []*page.Field {
	return []*page.Field{
		page.Text("name").Is(d.Name).Require(),
		page.Text("legalName").Is(d.Contact.LegalName).Require().As("organization"),
		page.Email("email").Is(d.Contact.Email).Require(),
		page.Text("phone").Is(d.Contact.Phone).As("tel"),
		page.Text("unit").Is(d.Contact.Unit),
		page.Text("address").Is(d.Contact.Address),
	}
}

func technics(d broker.DestinationDraft) []*page.Field {
	return []*page.Field{
		page.Text("versions").Is(strings.Join(d.MetadataVersions, ", ")).Require(),
		page.Checks("channels", channelNames()...).Are(channelsOf(d.ReplyChannels)...),
	}
}

// offered are the fields of one service.
func offered(v *page.Visit, o broker.OfferedService) []*page.Field {
	return []*page.Field{
		page.Text("service").Is(o.Identifier).Require().Most(300).Suggest(v.URL("/lookup/services")),
		page.Area("regions").Is(strings.Join(o.Regions, "\n")).Require().Lines(3).Suggest(v.URL("/lookup/areas")).Typewritten(),
		page.Area("schemas").Is(schemaLines(o.Schemas)).Require().Lines(3).Typewritten(),
	}
}

func readBasics(f *page.Form, d *broker.DestinationDraft) {
	d.Name = f.Value("name")
	d.Contact = broker.Contact{
		LegalName: f.Value("legalName"), Email: f.Value("email"), Phone: f.Value("phone"), Unit: f.Value("unit"), Address: f.Value("address"),
	}
}

func readTechnics(f *page.Form, d *broker.DestinationDraft) {
	d.MetadataVersions = f.Lines("versions")
	d.ReplyChannels = chosenChannels(f.Field("channels").Values, d.ReplyChannels)
}

func readOffer(f *page.Form) broker.OfferedService {
	o := broker.OfferedService{Identifier: f.Value("service"), Schemas: readSchemas(f.Value("schemas"))}
	if key, err := catalogue.ParseKey(o.Identifier); err == nil {
		o.Identifier = key.URN()
	}
	for _, region := range f.Lines("regions") {
		if strings.Trim(region, "0123456789") == "" {
			region = "DE" + region
		}
		o.Regions = append(o.Regions, region)
	}
	return o
}

const (
	jsonType = "application/json"
	xmlType  = "application/xml"
)

// schemaLines is a schema a line; the media type stands behind where it is not JSON's.
func schemaLines(all []broker.SubmissionSchema) string {
	lines := make([]string, len(all))
	for i, s := range all {
		if lines[i] = s.URI; s.MIMEType != jsonType {
			lines[i] += " " + s.MIMEType
		}
	}
	return strings.Join(lines, "\n")
}

func readSchemas(text string) (all []broker.SubmissionSchema) {
	for line := range strings.Lines(text) {
		uri, mimeType, _ := strings.Cut(strings.TrimSpace(line), " ")
		if uri == "" {
			continue
		}
		s := broker.SubmissionSchema{URI: uri, MIMEType: strings.TrimSpace(mimeType)}
		switch {
		case s.MIMEType == "" && strings.HasSuffix(uri, ".xsd"):
			s.MIMEType = xmlType
		case s.MIMEType == "":
			s.MIMEType = jsonType
		}
		all = append(all, s)
	}
	return all
}

func channelNames() []string {
	return []string{"fitConnect", "idBundDeMailbox", "eMail", "deMail", "elster", "fink"}
}

// channel is the place of a reply channel by its name.
func channel(r *broker.ReplyChannels, name string) *json.RawMessage {
	return map[string]*json.RawMessage{
		"eMail": &r.EMail, "deMail": &r.DeMail, "elster": &r.Elster, "fink": &r.Fink, "fitConnect": &r.FitConnect, "idBundDeMailbox": &r.IDBundDeMailbox,
	}[name]
}

func channelsOf(r *broker.ReplyChannels) (names []string) {
	if r == nil {
		return nil
	}
	for _, name := range channelNames() {
		if *channel(r, name) != nil {
			names = append(names, name)
		}
	}
	return names
}

// chosenChannels keeps what is set of a channel that stays, which programs may have set in more detail.
func chosenChannels(names []string, was *broker.ReplyChannels) *broker.ReplyChannels {
	if was == nil {
		was = new(broker.ReplyChannels)
	}
	is := new(broker.ReplyChannels)
	for _, name := range names {
		if !slices.Contains(channelNames(), name) {
			continue
		}
		set := *channel(was, name)
		if set == nil {
			set = json.RawMessage("{}")
		}
		*channel(is, name) = set
	}
	if len(channelsOf(is)) == 0 {
		return nil
	}
	return is
}
