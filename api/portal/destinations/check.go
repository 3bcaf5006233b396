package destinations

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/crypto/keys"
)

// fieldOf is the field of a part of a document.
func fieldOf(part string) string {
	_, last, _ := strings.Cut(part, ".")
	switch {
	case part == "services", last == "identifier":
		return "service"
	case last == "submissionSchemas":
		return "schemas"
	case part == "encryptionKid", part == "encryptionPublicKey":
		return encryptionField
	}
	if field, known := map[string]string{"metadataVersions": "versions", "replyChannels": "channels", "signingPublicKey": signingField}[part]; known {
		return field
	}
	if last != "" {
		return last
	}
	return part
}

// tell puts what a service found at the fields that it is about, beside those at which something stands already.
func tell(v *page.Visit, f *page.Form, found []broker.Problem) {
	for _, p := range found {
		name := fieldOf(p.Part)
		field := f.Field(name)
		switch {
		case field == nil:
			f.Wrong("", v.T("wrong.other"))
		case field.Problem != "":
			continue
		case p.Err.Code == "private-key":
			field.Value = ""
			f.Wrong(name, v.T("wrong.private"))
			continue
		default:
			f.Wrong(name, v.T("wrong."+name))
		}
		f.Summary[len(f.Summary)-1].Exact = p.Err.Detail
	}
}

// refuse takes an error of a service into a form and shows it again; other errors are for the caller to return.
func refuse(f *page.Form, err error, show func() error) error {
	if f.Refuse(err) {
		return show()
	}
	return err
}

// checked is what a script is told while somebody types.
type checked struct {
	Problems []fieldProblem `json:"problems"`
}

type fieldProblem struct {
	Field string `json:"field"` // its id on the page
	Text  string `json:"text"`
	Exact string `json:"exact,omitempty"`
}

// report answers with what stands at the fields of a form.
func report(v *page.Visit, f *page.Form) error {
	all := checked{Problems: []fieldProblem{}}
	for _, p := range f.Summary {
		all.Problems = append(all.Problems, fieldProblem{Field: p.Field, Text: p.Text, Exact: p.Exact})
	}
	return v.JSON(http.StatusOK, all)
}

// readKey reads the public key in a field: a JWK, or certificates. What cannot be read stands at the field, and a private key is not shown again.
func readKey(v *page.Visit, f *page.Form, name, text string, use keys.Use) json.RawMessage {
	if strings.TrimSpace(text) == "" || f.Field(name).Problem != "" {
		return nil
	}
	jwk, err := broker.ReadKey("the key", []byte(text), use)
	if err == nil {
		return jwk
	}
	var e *broker.Error
	if errors.As(err, &e) {
		tell(v, f, []broker.Problem{{Part: name, Err: e}})
	} else {
		f.Wrong(name, v.T("wrong."+name))
	}
	return nil
}
