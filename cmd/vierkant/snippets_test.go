package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vierkant/vierkant/api/portal/snippets"
)

// snippet LANGUAGE send|receive writes a snippet of the portal, as it is shown, for the sender of the world, or for the script's own authority, and sets the
// variable with the secret, and SNIPPET to the file.
func (s *stage) snippet(ts *testscript.TestScript, _ bool, args []string) {
	language, sends := args[0], args[1] == "send"
	sender := s.world.Test().Sender
	facts := snippets.Facts{Environment: "test", URL: s.world.Test().URL, ClientID: string(sender.ClientID), Sends: sends}
	secret := sender.ClientSecret
	if !sends {
		facts.ClientID, facts.Destination, secret = ts.Getenv("CLIENT"), ts.Getenv("DESTINATION"), strings.TrimSpace(ts.ReadFile("client.secret"))
		ts.Check(os.RemoveAll(ts.MkAbs("keys")))
		ts.Check(os.CopyFS(ts.MkAbs("keys"), os.DirFS(ts.Getenv("KEYS"))))
	}
	writer, err := snippets.New()
	ts.Check(err)
	all, err := writer.Write(facts)
	ts.Check(err)
	for _, one := range all {
		if one.Language == language {
			ts.Check(os.WriteFile(ts.MkAbs(one.File), []byte(one.Text), 0o600))
			ts.Setenv("SNIPPET", one.File)
			ts.Setenv(snippets.SecretVariable, secret)
			return
		}
	}
	ts.Fatalf("there is no snippet in %s", language)
}

// gomodule makes the folder a module that has this one as it is here, with the caches of whoever runs the test.
func gomodule(ts *testscript.TestScript, _ bool, _ []string) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	ts.Check(err)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	ts.Check(err)
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	ts.Check(err)
	_, requirements, _ := strings.Cut(string(mod), "\n")
	const us = "github.com/vierkant/vierkant"
	text := fmt.Sprintf("module example\n%s\nrequire %s v0.0.0\nreplace %s => %s\n", requirements, us, us, root)
	ts.Check(os.WriteFile(ts.MkAbs("go.mod"), []byte(text), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("go.sum"), sum, 0o600))
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		value, err := exec.Command("go", "env", name).Output()
		ts.Check(err)
		ts.Setenv(name, strings.TrimSpace(string(value)))
	}
	ts.Setenv("GOFLAGS", "-mod=mod")
	ts.Setenv("GOPROXY", "off")
}

// hasJWCrypto reports whether Debian's Python has the library that the snippets need.
func hasJWCrypto() bool {
	return exec.Command("/usr/bin/python3", "-c", "import jwcrypto").Run() == nil
}
