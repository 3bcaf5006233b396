package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
	"github.com/vierkant/vierkant/testenv/pki"
)

// certify makes a PKI whose root is trusted by the file ANCHOR, and in the file KEYS the public keys of a destination of ORGANISATION, with chains to it.
func (s *stage) certify(ts *testscript.TestScript, _ bool, args []string) {
	root := pki.Root(s.t, time.Now().AddDate(0, 0, -1))
	root.WriteAnchor(s.t, ts.MkAbs(args[0]))
	encryption, signing := root.Below(s.t, "Zertifizierungsstelle").Pair(s.t, 0, args[2])
	raw, err := json.Marshal(map[string]keys.Public{"encryptionPublicKey": encryption.Public, "signingPublicKey": signing.Public})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), raw, 0o600))
}

// register makes an active destination at the broker URL as the client $CLIENT, whose secret is in client.secret, with the keys of the file
// KEYS, and sets a variable to it.
func register(ts *testscript.TestScript, _ bool, args []string) {
	broker, to := args[0], args[2]
	var draft map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &draft))
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {ts.Getenv("CLIENT")}, "client_secret": {strings.TrimSpace(ts.ReadFile("client.secret"))},
	}
	var token struct {
		Value string `json:"access_token"`
	}
	ask(ts, http.MethodPost, broker+"/token", "", "application/x-www-form-urlencoded", []byte(form.Encode()), &token)
	draft["name"], draft["metadataVersions"] = "Amt", []string{"2.1.0"}
	draft["encryptionKid"] = draft["encryptionPublicKey"].(map[string]any)["kid"]
	draft["contactInformation"] = map[string]string{"legalName": "Amt", "email": "amt@authority.example"}
	draft["services"] = []any{map[string]any{
		"identifier": testenv.BusinessRegistration, "regions": []string{"DE"},
		"submissionSchemas": []any{map[string]string{"schemaUri": "https://beispiel.example/gewerbe.json", "mimeType": "application/json"}},
	}}
	raw, err := json.Marshal(draft)
	ts.Check(err)
	var made struct {
		ID string `json:"destinationId"`
	}
	destinations := broker + "/destination-api/v1/destinations"
	ask(ts, http.MethodPost, destinations, token.Value, "application/json", raw, &made)
	ask(ts, http.MethodPatch, destinations+"/"+made.ID, token.Value, "application/merge-patch+json", []byte(`{"status":"active"}`), nil)
	ts.Setenv(to, made.ID)
}

// ask makes a call that has to succeed.
func ask(ts *testscript.TestScript, method, url, token, kind string, body []byte, into any) {
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	ts.Check(err)
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if answer.StatusCode >= 300 {
		ts.Fatalf("%s %s: %s %s", method, url, answer.Status, raw)
	}
	if into != nil {
		ts.Check(json.Unmarshal(raw, into))
	}
}
