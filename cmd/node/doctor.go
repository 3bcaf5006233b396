package node

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/operation"
)

// Finding is what one examination found.
type Finding = operation.Finding

// Grades of findings.
const (
	Well    = operation.Well
	Note    = operation.Note
	Trouble = operation.Trouble
)

// Diagnosis is all that was found, in the order in which one would look.
type Diagnosis struct {
	Environment string    `json:"environment"`
	Running     bool      `json:"running"`
	Findings    []Finding `json:"findings"`
}

// Wrong reports whether somebody has to do something.
func (d Diagnosis) Wrong() bool {
	for _, f := range d.Findings {
		if f.Grade == Trouble {
			return true
		}
	}
	return false
}

// examination looks at one subject. It has a few seconds, and says in the finding what it could not see.
type examination func(context.Context, *Node) []Finding

func examinations() []examination {
	return []examination{
		examineProcess, examineStore, examineClock, examineDisk, examineKeyFile, examineKeys, examineCertificate, examineAnchors,
		examineSigning, examineCallbacks, examineReceivers, examineDeadlines, examineCertificates, examineMail, examineRehearsal,
	}
}

// Examine looks at the installation. It changes nothing but a few bytes that it writes to see whether that can be done.
func (n *Node) Examine(ctx context.Context) Diagnosis {
	d := Diagnosis{Environment: n.cfg.Environment.Name, Running: n.stopWork != nil}
	for _, examine := range examinations() {
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		d.Findings = append(d.Findings, examine(limited, n)...)
		cancel()
	}
	return d
}

// examineNode is GET /doctor.
func (n *Node) examineNode(r *http.Request) (any, error) { return n.Examine(r.Context()), nil }

func well(subject, text string, args ...any) Finding {
	return found(Well, subject, "", text, args)
}

func note(subject, remedy, text string, args ...any) Finding {
	return found(Note, subject, remedy, text, args)
}

func trouble(subject, remedy, text string, args ...any) Finding {
	return found(Trouble, subject, remedy, text, args)
}

func found(grade operation.Grade, subject, remedy, form string, values []any) Finding {
	return Finding{Subject: subject, Grade: grade, Text: fmt.Sprintf(form, values...), Remedy: remedy, Form: form, Values: values}
}

// unseen is an examination that failed itself.
func unseen(subject string, err error) []Finding {
	return []Finding{trouble(subject, "See what the store says above; if that is well, look at the log of the node.", "cannot be looked at: %s", detail(err))}
}

func examineProcess(_ context.Context, n *Node) []Finding {
	commit, compiler := Build()
	all := []Finding{}
	switch {
	case n.health.broken.Load():
		all = append(all, trouble("node", "Read its log, mend the cause, and start it again.", "it cannot go on, and ends"))
	case n.health.draining.Load():
		all = append(all, note("node", "", "it is stopping, and answers what runs"))
	case n.stopWork == nil:
		all = append(all, note("node", "Start it, if it should run.", "it is not running; this is what its data tell"))
	default:
		all = append(all, well("node", "runs, at %s", n.public))
	}
	return append(all, well("version", "commit %s, %s", commit, compiler))
}

func examineStore(ctx context.Context, n *Node) []Finding {
	if err := n.health.probe.check(ctx); err != nil {
		return []Finding{trouble("store", "Until it can be written to, nothing is taken: look at the disk, or at the database server.", "cannot be written to: %s", detail(err))}
	}
	all := []Finding{well("store", "can be written to")}
	if n.store.notes == nil {
		return all
	}
	said, err := n.store.notes(ctx)
	if err != nil {
		return append(all, unseen("database", err)...)
	}
	for _, text := range said {
		all = append(all, note("database", "", "%s", text))
	}
	return all
}

func examineDisk(_ context.Context, n *Node) []Finding {
	d, err := diskOf(n.cfg.Data)
	const scarce = 10 // part of the disk
	switch {
	case err != nil:
		return unseen("disk", err)
	case n.diskFree() != nil:
		return []Finding{trouble("disk", "Make room: the node is not ready until then.", "%s", detail(n.diskFree()))}
	case d.Free < d.Total/scarce:
		return []Finding{note("disk", "Make room before it is full.", "%d MiB of %d MiB are free", d.Free>>20, d.Total>>20)}
	}
	return []Finding{well("disk", "%d MiB of %d MiB are free", d.Free>>20, d.Total>>20)}
}

// examineKeyFile looks at who else could read what unlocks everything. That it is the right one is known: the node was opened with it.
func examineKeyFile(_ context.Context, n *Node) []Finding {
	const others = 0o077
	about, err := os.Stat(n.cfg.keyPath())
	switch {
	case err != nil:
		return []Finding{trouble("key file", "Restore it from its backup before the node is started again: without it nothing can be signed.", "%s is not there any more", n.cfg.keyPath())}
	case about.Mode().Perm()&others != 0:
		return []Finding{trouble("key file", "chmod 600 "+n.cfg.keyPath(), "others on this machine may read or change it: its mode is %04o", about.Mode().Perm())}
	}
	return []Finding{well("key file", "is there, and fits the data")}
}

func examineKeys(_ context.Context, n *Node) []Finding {
	if err := n.keysThere(); err != nil {
		return []Finding{trouble("own keys", "Without them events, routes or tokens cannot be signed. Was the key file exchanged?", "%s", detail(err))}
	}
	for _, use := range []broker.KeyUse{broker.ServiceKeys, broker.PortalKeys, broker.TokenKeys} {
		if !n.hasNext(use) {
			return []Finding{note("own keys", "A running node makes it within minutes.", "there is no next key for %s yet", use)}
		}
	}
	return []Finding{well("own keys", "of all three uses there is a current and a next one")}
}

func (n *Node) hasNext(use broker.KeyUse) bool {
	for _, k := range n.keyring.All(use) {
		if k.State == broker.KeyNext {
			return true
		}
	}
	return false
}
