package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/crypto/keys"
)

// inspecting is the flags of "jwk".
type inspecting struct {
	judgement
	use    string
	public bool
}

func jwkCommand() *cobra.Command {
	var i inspecting
	cmd := &cobra.Command{
		Use:   "jwk FILE [--use enc|sig] [--env ENV --trust-anchors FILE]",
		Short: "Look at a key (JWK) or a key set (JWKS), and hold it against the rules of an environment",
		Long: `Shows what a key says of itself and its certificates, and judges it as senders and receivers judge the key of a destination: each
rule with the paragraph that it comes from. The exit status is 1 if one is broken. Private keys are read, never shown.

--public prints the public half instead, judging nothing. Keys of the service itself and of the portal need no certificates: for them
the rules x5c count for nothing.`,
		Args: oneArgument("file"),
		RunE: func(cmd *cobra.Command, args []string) error { return i.run(outputOf(cmd), args[0]) },
	}
	i.judgement.flags(cmd)
	cmd.Flags().StringVar(&i.use, "use", "", "judge it as a key for enc (sealing) or sig (signatures); default: what it says of itself")
	cmd.Flags().BoolVar(&i.public, "public", false, "print the public half, and judge nothing")
	completeValues(cmd, "use", string(keys.Encryption), string(keys.Signature))
	return cmd
}

func (i *inspecting) run(out output, path string) error {
	if use := keys.Use(i.use); use != "" && use != keys.Encryption && use != keys.Signature {
		return usageError{fmt.Errorf("--use %q: it is enc or sig", i.use)}
	}
	found, err := readKeys(path)
	if err != nil {
		return err
	}
	if i.public {
		return found.showPublic(out)
	}
	policy, err := i.policy()
	if err != nil {
		return err
	}
	all := make([]keyReport, len(found.keys))
	broken := 0
	for n, key := range found.keys {
		all[n] = reportOf(key, policy, keys.Use(i.use))
		if !all[n].Holds {
			broken++
		}
	}
	err = out.show(map[string]any{"policy": policy.Name, "keys": all}, func(to io.Writer) {
		for _, r := range all {
			r.show(to, policy.Name)
		}
	})
	if err == nil && broken > 0 {
		err = &unfitError{path, policy.Name, broken, len(all)}
	}
	return err
}

// unfitError is a file with keys that must not be used.
type unfitError struct {
	path, policy string
	broken, all  int
}

func (e *unfitError) Error() string {
	return fmt.Sprintf("%s: %d of %d keys break rules of %s", e.path, e.broken, e.all, e.policy)
}

// keyFile is what a file of keys holds.
type keyFile struct {
	isSet bool
	keys  []keyInFile
}

// keyInFile is the public half of a key, and whether the file has the private one too.
type keyInFile struct {
	keys.Public
	private bool
}

// readKeys reads a JWK or a JWKS, public or private. Of a set every key must be understood: it is looked at, not used.
func readKeys(path string) (keyFile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return keyFile{}, err
	}
	if keys.IsLocked(raw) {
		return readLocked(raw, path)
	}
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := keys.UnmarshalStrict(raw, &document); err != nil {
		return keyFile{}, &notAKeyError{path, err}
	}
	file := keyFile{isSet: document.Keys != nil}
	if !file.isSet {
		document.Keys = []json.RawMessage{raw}
	}
	for n, one := range document.Keys {
		key, err := parseKey(one)
		if err != nil && file.isSet {
			err = fmt.Errorf("keys[%d]: %w", n, err)
		}
		if err != nil {
			return keyFile{}, &notAKeyError{path, err}
		}
		file.keys = append(file.keys, key)
	}
	if len(file.keys) == 0 {
		return keyFile{}, &notAKeyError{path, errors.New("the key set is empty")}
	}
	return file, nil
}

func readLocked(raw []byte, path string) (keyFile, error) {
	all, err := unlock(raw, path)
	if err != nil {
		return keyFile{}, &keyFileError{path, err}
	}
	file := keyFile{isSet: true}
	for _, key := range all {
		file.keys = append(file.keys, keyInFile{key.Public, true})
	}
	return file, nil
}

// notAKeyError is a file that holds something else, or a key that is not understood.
type notAKeyError struct {
	path string
	err  error
}

func (e *notAKeyError) Error() string { return fmt.Sprintf("%s: %v", e.path, e.err) }

func (e *notAKeyError) Unwrap() error { return e.err }

func parseKey(raw []byte) (keyInFile, error) {
	public, err := keys.ParsePublic(raw)
	if !errors.Is(err, keys.ErrPrivate) {
		return keyInFile{public, false}, err
	}
	private, err := keys.ParsePrivate(raw)
	return keyInFile{private.Public, true}, err
}

// showPublic prints the public halves in the form of the file: one key or a set.
func (f keyFile) showPublic(out output) error {
	set := keys.Set{}
	for _, key := range f.keys {
		set.Keys = append(set.Keys, key.Public)
	}
	var value any = set
	if !f.isSet {
		value = set.Keys[0]
	}
	raw, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return out.show(value, func(to io.Writer) { fmt.Fprintf(to, "%s\n", raw) })
}

// keyReport is what there is to say of a key.
type keyReport struct {
	KID          string        `json:"kid"`
	Thumbprint   string        `json:"thumbprint"` // RFC 7638, SHA-256
	Alg          string        `json:"alg,omitempty"`
	Ops          []string      `json:"key_ops,omitempty"` // of the public half
	Use          keys.Use      `json:"use,omitempty"`     // for which it was judged
	Bits         int           `json:"bits"`
	Private      bool          `json:"private"` // the file has the private half
	Certificates []certificate `json:"certificates"`
	Rules        []ruling      `json:"rules"`
	Holds        bool          `json:"holds"`
}

// certificate is one of a key's x5c.
type certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	Signature string    `json:"signatureAlgorithm"`
}

// ruling is one rule of the policy and what became of it.
type ruling struct {
	Rule   string `json:"rule"`
	Source string `json:"source"` // the paragraph that it comes from
	Holds  bool   `json:"holds"`
	Found  string `json:"found,omitempty"` // what was expected and found, if it is broken
}

func reportOf(key keyInFile, policy keys.Policy, use keys.Use) keyReport {
	if use == "" {
		use = key.For()
	}
	r := keyReport{
		KID: key.KID, Thumbprint: key.Thumbprint(), Alg: key.Alg, Ops: key.Ops, Use: use, Bits: key.Key.N.BitLen(), Private: key.private,
		Certificates: []certificate{}, Holds: true,
	}
	for _, c := range key.Chain {
		r.Certificates = append(r.Certificates, certificate{printable(c.Subject.String()), printable(c.Issuer.String()), c.NotBefore, c.NotAfter, c.SignatureAlgorithm.String()})
	}
	for _, rule := range policy.Rules {
		err := rule.Check(key.Public, use, time.Now())
		found := ""
		if err != nil {
			r.Holds, found = false, printable(err.Error())
		}
		r.Rules = append(r.Rules, ruling{rule.Name, rule.Source, err == nil, found})
	}
	return r
}

func (r keyReport) show(to io.Writer, policy string) {
	half := "public"
	if r.Private {
		half = "private"
	}
	fmt.Fprintf(to, "Key %q, %s, RSA of %d bits\n", printable(r.KID), half, r.Bits)
	for _, line := range []struct{ name, value string }{
		{"thumbprint", r.Thumbprint}, {"alg", printable(r.Alg)}, {"key_ops", printable(strings.Join(r.Ops, " "))}, {"for", string(r.Use)},
	} {
		fmt.Fprintf(to, "  %-12s %s\n", line.name, line.value)
	}
	for n, c := range r.Certificates {
		fmt.Fprintf(to, "  certificate %d, %s\n    subject  %s\n    issuer   %s\n    valid    %s to %s\n", n+1, c.Signature, c.Subject, c.Issuer,
			c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly))
	}
	fmt.Fprintf(to, "  rules of %s\n", policy)
	for _, rule := range r.Rules {
		mark := "✓"
		if !rule.Holds {
			mark = "✗"
		}
		fmt.Fprintf(to, "    %s %-14s %s\n", mark, rule.Rule, rule.Source)
		if rule.Found != "" {
			fmt.Fprintf(to, "        %s\n", rule.Found)
		}
	}
}
