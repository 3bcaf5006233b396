package main_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/cmd/node"
	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/testenv"
)

// TestScripts runs the commands as people and programs do: testdata/script has a file for each command and for what can go wrong.
// All scripts share one world, whose public URL is a proxy that can be told to change what passes (see front). Each script has a
// folder of its own in which that world is the default of --world.
//
// Beside the commands of testscript there are
//
//	vierkant ARGUMENT...         runs the program, which has to succeed
//	fails STATUS ARGUMENT...     runs the program, which has to end with that status
//	authority [CALLBACK]         makes an authority of the script's own: its subscriber and destination replace those of the world
//	                             ($OFFICE, $DESTINATION, $SERVICE, $KEYS, $CLIENT, $SECRET; callback.secret)
//	snippet LANGUAGE send|receive   writes a snippet of the portal, $SNIPPET, and sets the variable with the secret that it reads
//	gomodule                     makes the folder a Go module that has this one
//	submit RECEIPT ARGUMENT...   sends an application to $DESTINATION; sets $ID and $CASE
//	tamper WHAT ID               makes the proxy change or cut answers about a submission or case
//	everywhere PART ID TEXT ARGUMENT...   tampers with all of a part, bit after bit: each time the program has to fail and to say the text
//	spoil FOLDER                 flips bits of all files of a saved submission: each time "verify" has to name the file
//	bad KIND WORLD               writes a world whose broker is busy or lossy
//	flip FILE OFFSET             flips a bit of a file; a negative offset counts from the end
//	client disable|replace       disables the script's subscriber, or replaces its secret
//	propose ORGANISATION NAME    proposes something for an organisation and sets a variable to the proposal
//	member NAME FILE MEMBER...   sets a variable to a member of a JSON file
//	mode PERMISSIONS FILE...     the permissions of each file have to be these
//	eventually FILE TEXT         waits until a file has a text
//	certificate CERT KEY         makes a TLS certificate for this machine
//	mailserver NAME              starts a mail server and sets a variable to its address; what it gets is in 1.mail, 2.mail, …
//	freeport NAME                sets a variable to a port on which nobody listens
//	smalldisk DIR                mounts a file system of one MiB, where the condition [mount] says that it can be
func TestScripts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"vierkant": vierkant, "fails": fails, "authority": s.authority, "snippet": s.snippet, "gomodule": gomodule, "submit": submit, "tamper": s.tamper, "flip": flip,
		"client": s.client, "member": member, "mode": mode, "eventually": eventually, "smalldisk": smallDisk, "bad": s.bad,
		"everywhere": s.everywhere, "spoil": spoil, "certificate": certificate, "propose": s.propose, "mailserver": mailServer,
		"freeport": func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], fmt.Sprint(freePorts(t))) },
	}
	maps.Copy(commands, strictCommands(t))
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), Setup: s.setUp, Condition: s.condition, RequireUniqueNames: true, Cmds: commands,
	})
}

// stage is what all scripts share.
type stage struct {
	t     *testing.T
	world *testenv.Running
	front *front
	path  string       // of the folder of the program
	pair  client.Keys  // of every authority that a script makes
	keys  string       // folder with pair
	other string       // folder with keys that belong to nobody
	files string       // folder of samples
	data  string       // folder of the test environment
	seeds atomic.Int64 // authorities made
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, front: newFront(t), path: filepath.Dir(program(t))}
	folder := filepath.Join(t.TempDir(), "world")
	s.data = filepath.Join(folder, "test")
	world, err := testenv.Start(context.Background(), testenv.Config{
		Data: folder, PublicURL: s.front.url + "/{env}/{port}", AllowHTTPCallbacks: true,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.world = world
	s.front.stand(world.Test().URL)
	if s.files, err = filepath.Abs(filepath.Join("..", "..", "testenv", "samples", "files")); err != nil {
		t.Fatal(err)
	}
	s.makeKeys()
	return s
}

// makeKeys takes the keys of two demo destinations, since making some takes seconds: those of the first are everybody's, those of the
// second are the wrong ones.
func (s *stage) makeKeys() {
	s.t.Helper()
	folders := []*string{&s.keys, &s.other}
	for i, d := range s.world.Test().Destinations[:2] {
		*folders[i] = s.t.TempDir()
		for from, to := range map[string]string{d.DecryptionKey: "decryption.jwk.json", d.SigningKey: "signing.jwk.json"} {
			raw, err := os.ReadFile(from)
			if err == nil {
				err = os.WriteFile(filepath.Join(*folders[i], to), raw, 0o600)
			}
			if err != nil {
				s.t.Fatal(err)
			}
		}
	}
	read := func(name string) (key keys.Private) {
		raw, err := os.ReadFile(filepath.Join(s.keys, name))
		if err == nil {
			key, err = keys.ParsePrivate(raw)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		return key
	}
	s.pair = client.Keys{Decryption: []keys.Private{read("decryption.jwk.json")}, Signing: read("signing.jwk.json")}
}

const ownWorld = "vierkant-data/world.json"

func (s *stage) setUp(env *testscript.Env) error {
	env.Setenv("PATH", s.path+string(os.PathListSeparator)+os.Getenv("PATH"))
	env.Setenv("SAMPLES", s.files)
	env.Setenv("KEYS", s.keys)
	env.Setenv("DATA", s.data)
	env.Setenv("OTHERKEYS", s.other)
	env.Setenv("URL", s.world.Test().URL)
	env.Setenv("SUBMISSION_API", s.world.Test().SubmissionURL)
	if err := os.MkdirAll(filepath.Join(env.WorkDir, "vierkant-data"), 0o700); err != nil {
		return err
	}
	raw, err := json.Marshal(s.world.World)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(env.WorkDir, ownWorld), raw, 0o600)
}

func vierkant(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("say which exit status: fails STATUS …")
	}
	ts.Check(ts.Exec("vierkant", args...))
}

func fails(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec("vierkant", args[1:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("it did not run: %v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("got exit status %d, want %d", got, want)
	}
}

// authority makes an organisation with a subscriber and one destination, for which no route is published.
func (s *stage) authority(ts *testscript.TestScript, _ bool, args []string) {
	const secret = "a-callback-secret-of-at-least-32-characters"
	draft := testenv.Draft("Amt", broker.Contact{LegalName: "Amt", Email: "amt@authority.example"}, "DE", testenv.BusinessRegistration)
	if len(args) > 0 {
		draft.Callback = &broker.CallbackDraft{URL: args[0], Secret: secret}
		ts.Check(os.WriteFile(ts.MkAbs("callback.secret"), []byte(secret+"\n"), 0o600))
	}
	office := fmt.Sprintf("Amt %d", s.seeds.Add(1))
	made, err := s.world.Node("test").Seed(context.Background(), node.Seed{
		Organisation: office, Subscriber: "Fachverfahren",
		Destinations: []node.SeedDestination{{Draft: draft, Encryption: s.pair.Decryption[0], Signing: s.pair.Signing}},
	})
	ts.Check(err)
	own := s.world.Test()
	d := own.Destinations[0]
	d.ID = string(made.Destinations[0])
	own.Subscriber, own.Destinations = &made.Subscriber, []testenv.Destination{d}
	raw, err := json.Marshal(testenv.World{Environments: []testenv.Environment{own}})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(ownWorld), raw, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("client.secret"), []byte(made.Subscriber.ClientSecret+"\n"), 0o600))
	ts.Setenv("OFFICE", office)
	ts.Setenv("DESTINATION", d.ID)
	ts.Setenv("SERVICE", testenv.BusinessRegistration)
	ts.Setenv("CLIENT", made.Subscriber.ClientID)
}

// submit sends an application, JSON if nothing else is said.
func submit(ts *testscript.TestScript, _ bool, args []string) {
	receipt := ts.MkAbs(args[0])
	command := []string{"send", "--destination", ts.Getenv("DESTINATION"), "--identifier", ts.Getenv("SERVICE"), "--receipt", receipt}
	if !strings.Contains(strings.Join(args, " "), "--data") {
		command = append(command, "--data", filepath.Join(ts.Getenv("SAMPLES"), "kaffeeroesterei.json"))
	}
	ts.Check(ts.Exec("vierkant", append(command, args[1:]...)...))
	var ref client.Ref
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(receipt)), &ref))
	ts.Setenv("ID", string(ref.SubmissionID))
	ts.Setenv("CASE", string(ref.CaseID))
}

// client does to the script's subscriber what an operator may do.
func (s *stage) client(ts *testscript.TestScript, _ bool, args []string) {
	err := s.world.Node("test").Broker.Clients.Store.Update(context.Background(), func(tx broker.Tx) error {
		c, err := tx.Client(broker.ClientID(ts.Getenv("CLIENT")))
		if err != nil {
			return err
		}
		switch args[0] {
		case "disable":
			c.Disabled = true
		case "replace":
			c.SecretDigest = make([]byte, len(c.SecretDigest))
		default:
			return fmt.Errorf("cannot %s a client", args[0])
		}
		return tx.PutClient(c)
	})
	ts.Check(err)
}

// propose proposes what nobody can release.
func (s *stage) propose(ts *testscript.TestScript, _ bool, args []string) {
	org := broker.OrgID(args[0])
	ts.Check(s.world.Node("test").Broker.Clients.Store.Update(context.Background(), func(tx broker.Tx) error {
		p, err := account.Propose(tx, time.Now(), broker.Operator(org), account.Wish{Org: org, Subject: "a test", Value: map[string]string{"region": "DE09"}})
		ts.Setenv(args[1], string(p.ID))
		return err
	}))
}

// flip changes one bit.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	raw, err := os.ReadFile(path)
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if at < 0 {
		at += len(raw)
	}
	raw[at] ^= 1
	ts.Check(os.WriteFile(path, raw, 0o600))
}

// member reads a member of a JSON file, by the names and indices that lead to it.
func member(ts *testscript.TestScript, _ bool, args []string) {
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &value))
	for _, step := range args[2:] {
		if list, isList := value.([]any); isList {
			at, err := strconv.Atoi(step)
			ts.Check(err)
			value = list[at]
			continue
		}
		object, _ := value.(map[string]any)
		found, ok := object[step]
		if !ok {
			ts.Fatalf("%s has no member %s", args[1], step)
		}
		value = found
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	for _, path := range args[1:] {
		about, err := os.Stat(ts.MkAbs(path))
		ts.Check(err)
		if got := fmt.Sprintf("%o", about.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, want %s", path, got, args[0])
		}
	}
}

// eventually waits for a program that runs in the background.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	limit := time.After(patience)
	for tick := time.Tick(20 * time.Millisecond); ; {
		if raw, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && strings.Contains(string(raw), args[1]) {
			return
		}
		select {
		case <-tick:
		case <-limit:
			ts.Fatalf("%s does not get the text %q", args[0], args[1])
		}
	}
}

// certificate makes a self-signed certificate for loopback, and its key.
func certificate(ts *testscript.TestScript, _ bool, args []string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	for i, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: public}, {Type: "PRIVATE KEY", Bytes: private}} {
		ts.Check(os.WriteFile(ts.MkAbs(args[i]), pem.EncodeToMemory(block), 0o600))
	}
}

// smallDisk mounts a file system of one MiB for the script.
func smallDisk(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	ts.Check(mount(path))
	ts.Defer(func() { unmount(path) })
}

func mount(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path).Run()
}

func unmount(path string) { _ = exec.Command("umount", "-l", path).Run() }

// condition knows [mount]: whether this user may mount a file system.
func (s *stage) condition(name string) (bool, error) {
	if name == "jwcrypto" {
		return hasJWCrypto(), nil
	}
	if name != "mount" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	path := filepath.Join(s.t.TempDir(), "disk")
	defer unmount(path)
	return mount(path) == nil, nil
}
