package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
	"github.com/vierkant/vierkant/testenv/pki"
)

// Scripts about environments that want trusted keys have
//
//	pki ANCHORS FOLDER ORGANISATION [PAIR]   writes a trust anchor, and into FOLDER the keys of a destination of the organisation with
//	                                         certificates that end there: decryption.jwk.json, signing.jwk.json, encryption.public.jwk.json,
//	                                         signing.public.jwk.json. PAIR is 0, 1 or 2: which keys; 0 if left out
//	asked ANCHORS GOOD REVOKED ORGANISATION  writes a trust anchor that is asked after revocations at $RESPONDER, and such keys into two folders:
//	                                         certificates of the one are good, those of the other were revoked
//	register URL CLIENT SECRETFILE FOLDER    registers a destination with the keys in FOLDER by the Destination API, has it take submissions, and
//	                                         sets $DESTINATION, $SERVICE and $KEYS; with "!" it has to be refused
//	patch URL CLIENT SECRETFILE MEMBER VALUE STATUS   changes $DESTINATION by the Destination API, which has to answer with the status;
//	                                         the answer is put on the file patched.json
//	addkey URL CLIENT SECRETFILE FILE        adds a key to $DESTINATION by the Destination API
func strictCommands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"pki":   func(ts *testscript.TestScript, _ bool, args []string) { writePKI(t, ts, args) },
		"asked": func(ts *testscript.TestScript, _ bool, args []string) { writeAskedPKI(t, ts, args) }, "register": registerDestination, "patch": patchDestination, "addkey": addKey,
	}
}

func writePKI(t *testing.T, ts *testscript.TestScript, args []string) {
	number := 0
	if len(args) > 3 {
		var err error
		number, err = strconv.Atoi(args[3])
		ts.Check(err)
	}
	root := pki.Root(t, time.Now().Add(-time.Hour))
	root.WriteAnchor(t, ts.MkAbs(args[0]))
	encryption, signing := root.Below(t, "Ausgabestelle").Pair(t, number, args[2])
	writePair(ts, args[1], encryption, signing)
}

// writeAskedPKI has the responder answer until the end of the script.
func writeAskedPKI(t *testing.T, ts *testscript.TestScript, args []string) {
	root := pki.Root(t, time.Now().Add(-time.Hour))
	root.WriteAnchor(t, ts.MkAbs(args[0]))
	responder := root.Responder(t, time.Now)
	server := httptest.NewServer(responder)
	ts.Defer(server.Close)
	root.OCSP = server.URL
	ts.Setenv("RESPONDER", server.Listener.Addr().String())
	encryption, signing := root.Pair(t, 0, args[3])
	writePair(ts, args[1], encryption, signing)
	encryption, signing = root.Pair(t, 1, args[3])
	writePair(ts, args[2], encryption, signing)
	for _, key := range []keys.Private{encryption, signing} {
		responder.Revoke(key.Public.Chain[0], time.Now().Add(-time.Minute))
	}
}

// writePair writes the keys of a destination into a folder, and sets $KID and $SIGKID.
func writePair(ts *testscript.TestScript, folder string, encryption, signing keys.Private) {
	folder = ts.MkAbs(folder)
	ts.Check(os.MkdirAll(folder, 0o700))
	for name, value := range map[string]any{
		"decryption.jwk.json": encryption, "signing.jwk.json": signing,
		"encryption.public.jwk.json": encryption.Public, "signing.public.jwk.json": signing.Public,
	} {
		raw, err := json.Marshal(value)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(folder, name), raw, 0o600))
	}
	ts.Setenv("KID", encryption.KID)
	ts.Setenv("SIGKID", signing.KID)
}

// callDestinations calls the Destination API as a client.
func callDestinations(ts *testscript.TestScript, args []string, method, path, contentType string, body any) (status int, answer []byte) {
	base, client, secret := args[0], args[1], strings.TrimSpace(ts.ReadFile(args[2]))
	granted, err := http.PostForm(base+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}})
	ts.Check(err)
	defer granted.Body.Close()
	var token struct {
		Access string `json:"access_token"`
	}
	ts.Check(json.NewDecoder(granted.Body).Decode(&token))
	raw, err := json.Marshal(body)
	ts.Check(err)
	request, err := http.NewRequest(method, base+"/destination-api/v1"+path, bytes.NewReader(raw))
	ts.Check(err)
	request.Header.Set("Authorization", "Bearer "+token.Access)
	request.Header.Set("Content-Type", contentType)
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	ts.Check(err)
	return response.StatusCode, answer
}

func registerDestination(ts *testscript.TestScript, neg bool, args []string) {
	folder := args[3]
	key := func(name string) json.RawMessage { return json.RawMessage(ts.ReadFile(filepath.Join(folder, name))) }
	var encryption struct{ KID string }
	ts.Check(json.Unmarshal(key("encryption.public.jwk.json"), &encryption))
	status, answer := callDestinations(ts, args, http.MethodPost, "/destinations", "application/json", map[string]any{
		"name": "Amt", "contactInformation": map[string]string{"legalName": "Amt", "email": "amt@authority.example"},
		"services": []any{map[string]any{
			"identifier": testenv.BusinessRegistration, "regions": []string{"DE"},
			"submissionSchemas": []any{map[string]string{"schemaUri": "https://schema.example/gewerbe.json", "mimeType": "application/json"}},
		}},
		"encryptionKid": encryption.KID, "encryptionPublicKey": key("encryption.public.jwk.json"), "signingPublicKey": key("signing.public.jwk.json"),
		"metadataVersions": []string{"2.1.0"},
	})
	ts.Logf("%d %s", status, answer)
	if refused := status != http.StatusCreated; refused || neg {
		if refused != neg {
			ts.Fatalf("registered: got %d", status)
		}
		ts.Check(os.WriteFile(ts.MkAbs("refused.json"), answer, 0o600))
		return
	}
	var made struct{ DestinationID string }
	ts.Check(json.Unmarshal(answer, &made))
	ts.Setenv("DESTINATION", made.DestinationID)
	ts.Setenv("SERVICE", testenv.BusinessRegistration)
	ts.Setenv("KEYS", ts.MkAbs(folder))
	patchDestination(ts, false, append(args[:3:3], "status", "active", "200"))
}

func patchDestination(ts *testscript.TestScript, _ bool, args []string) {
	status, answer := callDestinations(ts, args, http.MethodPatch, "/destinations/"+ts.Getenv("DESTINATION"), "application/merge-patch+json", map[string]string{args[3]: args[4]})
	ts.Logf("%d %s", status, answer)
	if fmt.Sprint(status) != args[5] {
		ts.Fatalf("got %d, want %s", status, args[5])
	}
	ts.Check(os.WriteFile(ts.MkAbs("patched.json"), answer, 0o600))
}

func addKey(ts *testscript.TestScript, _ bool, args []string) {
	status, answer := callDestinations(ts, args, http.MethodPost, "/destinations/"+ts.Getenv("DESTINATION")+"/keys", "application/json", json.RawMessage(ts.ReadFile(args[3])))
	ts.Logf("%d %s", status, answer)
	if status != http.StatusCreated {
		ts.Fatalf("the key is not added: got %d", status)
	}
}
