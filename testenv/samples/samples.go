// Package samples is realistic, fictitious applications to send: business registrations (Gewerbeanmeldung, service key
// 99050012104000) with German content, as JSON and as XML, each with the form as a PDF and a copy of an identity card that nobody
// can take for a real one. All of it was made for this project; persons, businesses and addresses do not exist, the towns do.
//
// The files lie in the folder files, for curl and the command line. The documents for people are drawn from the data by a test of this
// package: go test ./testenv/samples -update writes them again.
//
// A leaf: it knows neither the client nor the broker, so that whoever tests either may use it.
package samples

import "embed"

// The service that all samples are about.
const (
	Service     = "urn:de:fim:leika:leistung:99050012104000"
	ServiceKey  = "99050012104000"
	ServiceName = "Gewerbeanmeldung"
)

// The schemas of the data, as the demo destinations take them. The name ends in .example, where nobody publishes anything.
const (
	SchemaJSON = "https://schema.vierkant.example/de:fim:leika:leistung:99050012104000/1.0.0/json"
	SchemaXML  = "https://schema.vierkant.example/de:fim:leika:leistung:99050012104000/1.0.0/xml"
)

// Purposes of attachments in the metadata (FIT-Connect contract 10.3).
const (
	form       = "form"
	attachment = "attachment"
)

//go:embed files
var files embed.FS

// Application is one application, ready to be sealed.
type Application struct {
	Reference string // what the online service calls it
	Applied   string // date, like 2026-11-16
	Postcode  string // of the business
	ARS       string // of its municipality, 12 digits
	Data      File
	SchemaURI string
	Documents []File // the form, and the copy of an identity card
}

// File is one file of an application. Content is the caller's own.
type File struct {
	Name        string
	MIMEType    string
	Purpose     string // of an attachment, else ""
	Description string // of an attachment, else ""
	Content     []byte
}

// Business returns the registration of a coffee roastery in Münster, as JSON.
func Business() (Application, error) {
	a := Application{
		Reference: "MUSTER-2026-000417", Applied: "2026-11-16", Postcode: "48143", ARS: "055150000000", SchemaURI: SchemaJSON,
	}
	return a.with("kaffeeroesterei", File{Name: "kaffeeroesterei.json", MIMEType: "application/json"})
}

// BusinessXML returns the registration of a bicycle workshop in Leipzig, as XML.
func BusinessXML() (Application, error) {
	a := Application{
		Reference: "MUSTER-2026-000418", Applied: "2026-11-17", Postcode: "04109", ARS: "147130000000", SchemaURI: SchemaXML,
	}
	return a.with("fahrradwerkstatt", File{Name: "fahrradwerkstatt.xml", MIMEType: "application/xml"})
}

// with reads the files of the application.
func (a Application) with(name string, data File) (Application, error) {
	a.Data = data
	a.Documents = []File{
		{Name: name + "-antrag.pdf", MIMEType: "application/pdf", Purpose: form, Description: "Gewerbeanmeldung als Dokument"},
		{Name: name + "-ausweis.pdf", MIMEType: "application/pdf", Purpose: attachment, Description: "Kopie des Ausweises (Muster)"},
	}
	all := []*File{&a.Data}
	for i := range a.Documents {
		all = append(all, &a.Documents[i])
	}
	for _, file := range all {
		content, err := files.ReadFile("files/" + file.Name)
		if err != nil {
			return Application{}, err
		}
		file.Content = content
	}
	return a, nil
}
