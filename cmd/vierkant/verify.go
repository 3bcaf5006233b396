package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/archive"
	"github.com/vierkant/vierkant/api/client"
	"github.com/vierkant/vierkant/crypto/keys"
)

// verification is the flags of "verify".
type verification struct {
	judgement
	serviceKeys string
	signingKeys []string
	receipt     string
}

func verifyCommand() *cobra.Command {
	var v verification
	cmd := &cobra.Command{
		Use:   "verify PATH [--service-keys FILE] [--signing-key FILE]... [--receipt FILE]",
		Short: "Check a saved submission, or a saved event log, without the service",
		Long: `PATH is a folder that "fetch", "accept" or "receive" wrote, or a file of "events --save". Of a folder every file, the report's
signature, the event log, the metadata and the hashes in them are checked; of a log every signature, who may say what, times and order.
Nothing is asked of anybody, and the exit status is 0 only if all of it holds; otherwise the error names the parts that do not.

What lies there brings its own keys, and is then worth as much as its keeper's word. To rely on keys that you got yourself, give
those of the service (its /submission-api/.well-known/jwks.json) and the authority's signing key. --env and --trust-anchors say
which keys of authorities are good enough.`,
		Args: oneArgument("folder or file"),
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(outputOf(cmd), args[0]) },
	}
	v.judgement.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&v.serviceKeys, "service-keys", "", "key set of the delivery service (JWKS), instead of the keys saved with the log")
	flags.StringArrayVar(&v.signingKeys, "signing-key", nil, "signing key of the authority (JWK or JWKS), instead of the saved one; may be repeated")
	flags.StringVar(&v.receipt, "receipt", "", "receipt of \"send\": hold the log against what was sent")
	for _, flag := range []string{"service-keys", "signing-key", "receipt"} {
		completeFile(cmd, flag, "json")
	}
	return cmd
}

func (v *verification) run(out output, path string) error {
	trust, err := v.trust()
	if err != nil {
		return err
	}
	about, err := os.Stat(path)
	if err != nil {
		return err
	}
	if about.IsDir() {
		return v.folder(out, path, trust)
	}
	return v.log(out, path, trust)
}

func (v *verification) trust() (t archive.Trust, err error) {
	t.Now = time.Now()
	if t.Policy, err = v.policy(); err != nil {
		return t, err
	}
	if v.serviceKeys != "" {
		if t.Service, err = readKeySet(v.serviceKeys); err != nil {
			return t, err
		}
	}
	for _, path := range v.signingKeys {
		found, err := readKeys(path)
		if err != nil {
			return t, err
		}
		for _, key := range found.keys {
			t.Signing = append(t.Signing, key.Public)
		}
	}
	return t, nil
}

// folder checks a saved submission.
func (v *verification) folder(out output, path string, trust archive.Trust) error {
	f, report, err := archive.Load(path, trust)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := v.compare(f.Ref, f.Log); err != nil {
		return err
	}
	return out.show(savedSubmission{path, report}, func(to io.Writer) {
		showReport(to, path, report)
		fmt.Fprintln(to, "All of it holds.")
		v.showTrust(to)
		timeline(to, f.Log)
	})
}

// log checks a saved event log.
func (v *verification) log(out output, path string, trust archive.Trust) error {
	var evidence client.Evidence
	if err := readJSON(path, &evidence); err != nil {
		return fmt.Errorf("%w; expected a file of \"vierkant events --save\"", err)
	}
	value := checkedLog{ServiceKeys: archive.Saved, SigningKeys: archive.Saved}
	if v.serviceKeys != "" {
		value.ServiceKeys, evidence.ServiceKeys = archive.Given, trust.Service
	}
	if len(v.signingKeys) > 0 {
		value.SigningKeys, evidence.DestinationKeys = archive.Given, keys.Set{Keys: trust.Signing}
	}
	log, err := evidence.Verify(trust.Policy, trust.Now)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := v.compare(evidence.Ref, log); err != nil {
		return err
	}
	value.verifiedLog = verifiedLog{evidence.Ref, log.State(evidence.Ref), entries(log)}
	return out.show(value, func(to io.Writer) {
		value.show(to)
		v.showTrust(to)
		timeline(to, log)
	})
}

// checkedLog is a log that was checked without the service, and whose keys were relied on.
type checkedLog struct {
	verifiedLog
	ServiceKeys string `json:"serviceKeys"` // [archive.Given] or [archive.Saved]
	SigningKeys string `json:"signingKeys"` // [archive.Given] or [archive.Saved]
}

// compare holds a log against a receipt, if there is one.
func (v *verification) compare(ref client.Ref, log client.Log) error {
	if v.receipt == "" {
		return nil
	}
	r, err := readReceipt(v.receipt)
	if err != nil {
		return err
	}
	if r.Ref != ref {
		return fmt.Errorf("%s is about %s %s, this is %s", v.receipt, kindOf(r.Ref), r.ID(), ref.ID())
	}
	return subject{r.Ref, &r.Tags, v.receipt}.check(log)
}

// showTrust says whose keys were relied on.
func (v *verification) showTrust(to io.Writer) {
	service, signing := "those in "+v.serviceKeys, fmt.Sprintf("those in %s", strings.Join(v.signingKeys, ", "))
	if v.serviceKeys == "" {
		service = "those saved with it: as good as its keeper's word (--service-keys names others)"
	}
	if len(v.signingKeys) == 0 {
		signing = "those saved with it: as good as its keeper's word (--signing-key names others)"
	}
	fmt.Fprintf(to, "  keys of the service   %s\n  keys of the authority %s, judged as in %s\n", service, signing, v.env)
	if v.receipt != "" {
		fmt.Fprintf(to, "  sealed parts          the very ones of %s\n", v.receipt)
	}
}
