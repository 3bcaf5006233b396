package account_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// change is something to propose. Its text is one that JSON escapes.
type change struct{ Text string }

var aChange = change{"A & B < C"}

func (w *world) propose(t testing.TB, who broker.Caller, org broker.OrgID) account.Proposal {
	t.Helper()
	return w.wish(t, who, account.Wish{Org: org, Subject: "routes", Value: aChange})
}

func (w *world) wish(t testing.TB, who broker.Caller, what account.Wish) (p account.Proposal) {
	t.Helper()
	must(t, w.store.Update(t.Context(), func(tx broker.Tx) (err error) {
		p, err = account.Propose(tx, w.clock.Now(), who, what)
		return err
	}))
	return p
}

func (w *world) release(t testing.TB, who broker.Caller, id account.ProposalID, digest string) (p account.Proposal, err error) {
	t.Helper()
	err = w.store.Update(t.Context(), func(tx broker.Tx) (err error) {
		p, err = account.Release(tx, w.clock.Now(), who, id, digest)
		return err
	})
	return p, err
}

func TestRelease(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		proposer, operator := w.join(t, org, "anna", broker.RoleDeveloper), w.join(t, org, "olga", broker.RoleOperator)
		made := w.propose(t, proposer, org)
		w.clock.advance(1)
		p, err := w.release(t, operator, made.ID, made.Digest)
		must(t, err)
		stored, err := w.Proposal(t.Context(), proposer, made.ID)
		must(t, err)
		for what, got := range map[string]account.Proposal{"returned": p, "stored": stored} {
			var value change
			must(t, json.Unmarshal(got.Value, &value))
			if got.State != account.Released || value != aChange || got.Person != proposer.Person || got.Releaser != operator.Person ||
				got.ReleasedBy != operator.Name() || got.By != proposer.Name() || !got.Made.Equal(made.Made) || !got.Closed.After(got.Made) {
				t.Errorf("%s: got %+v", what, got)
			}
		}
		if open, total, err := w.Proposals(t.Context(), proposer, org, true, page); err != nil || total != 0 || len(open) != 0 {
			t.Errorf("open proposals: got %d %v, want none", total, err)
		}
		if all, total, err := w.Proposals(t.Context(), proposer, org, false, page); err != nil || total != 1 || all[0].ID != made.ID {
			t.Errorf("all proposals: got %d %v, want the one", total, err)
		}
	})
}

// TestReleaseRefuses has every one who may not release, and everything that may not be released. After each refusal the proposal is open as
// before, and the audit log says nothing.
func TestReleaseRefuses(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		owner := w.join(t, org, "anna", broker.RoleOwner)
		second := w.join(t, org, "bert", broker.RoleOwner)
		w.join(t, other, "anna", broker.RoleOwner)
		_, err := w.Appoint(t.Context(), machine, owner.Person, true)
		must(t, err)
		platform, err := w.Authenticate(t.Context(), w.token(t, owner.Person), org)
		must(t, err)

		byOwner, digest := w.propose(t, owner, org), digestOf(t, w, owner, org)
		client := w.client(t, second)
		byClient := w.propose(t, client, org)
		byMachine := w.propose(t, broker.Operator(org), org)
		byPlatform := w.propose(t, platform, org)

		tests := map[string]struct {
			who    broker.Caller
			p      account.Proposal
			digest string
			want   string
			kind   broker.Kind
		}{
			"nobody":                           {broker.Caller{}, byOwner, digest, "unauthorized", broker.Unauthenticated},
			"an API client":                    {client, byOwner, digest, "second-person-needed", broker.Forbidden},
			"the machine":                      {broker.Operator(org), byOwner, digest, "second-person-needed", broker.Forbidden},
			"the wiring":                       {machine, byOwner, digest, "second-person-needed", broker.Forbidden},
			"the same person":                  {owner, byOwner, digest, "second-person-needed", broker.Forbidden},
			"the same person in another role":  {broker.PersonCaller(owner.Person, org, broker.RoleOperator), byOwner, digest, "second-person-needed", broker.Forbidden},
			"the same person of the platform":  {platform, byOwner, digest, "second-person-needed", broker.Forbidden},
			"the same person, proposed above":  {owner, byPlatform, digest, "second-person-needed", broker.Forbidden},
			"the same person elsewhere":        {broker.PersonCaller(owner.Person, other, broker.RoleOwner), byOwner, digest, "proposal-not-found", broker.NotFound},
			"who was shown the secret":         {second, byClient, digest, "second-person-needed", broker.Forbidden},
			"the client itself":                {client, byClient, digest, "second-person-needed", broker.Forbidden},
			"a developer":                      {w.join(t, org, "dora", broker.RoleDeveloper), byOwner, digest, "forbidden", broker.Forbidden},
			"a reader":                         {w.join(t, org, "rolf", broker.RoleReader), byOwner, digest, "forbidden", broker.Forbidden},
			"a person who named none":          {broker.PersonCaller("x", "", ""), byOwner, digest, "proposal-not-found", broker.NotFound},
			"an owner of another":              {w.join(t, other, "otto", broker.RoleOwner), byOwner, digest, "proposal-not-found", broker.NotFound},
			"another digest":                   {second, byOwner, strings.Repeat("0", 64), "proposal-changed", broker.Conflict},
			"no digest":                        {second, byOwner, "", "proposal-changed", broker.Conflict},
			"a digest in capitals":             {second, byOwner, strings.ToUpper(digest), "proposal-changed", broker.Conflict},
			"what was never proposed":          {second, account.Proposal{ID: "none"}, digest, "proposal-not-found", broker.NotFound},
			"released already":                 {second, w.closed(t, owner, org, second, account.Released), digest, "proposal-closed", broker.Conflict},
			"refused already":                  {second, w.closed(t, owner, org, second, account.Refused), digest, "proposal-closed", broker.Conflict},
			"withdrawn already":                {second, w.closed(t, owner, org, second, account.Withdrawn), digest, "proposal-closed", broker.Conflict},
			"outdated already":                 {second, w.closed(t, owner, org, second, account.Outdated), digest, "proposal-closed", broker.Conflict},
			"proposed at the machine, machine": {machine, byMachine, digest, "second-person-needed", broker.Forbidden},
		}
		before := w.deeds(t)
		for name, test := range tests {
			was, _ := w.Proposal(t.Context(), machine, test.p.ID)
			_, err := w.release(t, test.who, test.p.ID, test.digest)
			if code(t, err) != test.want || !errors.Is(err, test.kind) {
				t.Errorf("%s: got %v, want %s", name, err, test.want)
			}
			if now, _ := w.Proposal(t.Context(), machine, test.p.ID); now.State != was.State {
				t.Errorf("%s: the proposal is %s now", name, now.State)
			}
		}
		if after := w.deeds(t); !slices.Equal(before, after) {
			t.Errorf("refusals were noted: %q", after[len(before):])
		}
		if _, err := w.release(t, w.platform(t, "petra"), byPlatform.ID, digest); err != nil {
			t.Errorf("a second person of the platform: %v", err)
		}
		for _, p := range []account.Proposal{byOwner, byMachine} {
			if _, err := w.release(t, second, p.ID, digest); err != nil {
				t.Errorf("the second person: %v", err)
			}
		}
		if _, err := w.release(t, owner, byClient.ID, digest); err != nil {
			t.Errorf("a person who never saw the client's secret: %v", err)
		}
	})
}

// digestOf returns the digest of aChange.
func digestOf(t testing.TB, w *world, who broker.Caller, org broker.OrgID) string {
	return w.propose(t, who, org).Digest
}

// closed makes a proposal that is closed.
func (w *world) closed(t testing.TB, by broker.Caller, org broker.OrgID, second broker.Caller, as account.ProposalState) account.Proposal {
	t.Helper()
	p := w.propose(t, by, org)
	must(t, w.store.Update(t.Context(), func(tx broker.Tx) (err error) {
		switch now := w.clock.Now(); as {
		case account.Released:
			_, err = account.Release(tx, now, second, p.ID, p.Digest)
		case account.Refused:
			_, err = account.Refuse(tx, now, second, p.ID, "no")
		case account.Withdrawn:
			_, err = account.Withdraw(tx, now, by, p.ID, "an error")
		case account.Outdated:
			_, err = account.Outdate(tx, now, by, p.ID, "too late")
		}
		return err
	}))
	return p
}

// A client's proposal is nobody's who was ever shown a secret of it, also one that was replaced since.
func TestWhoSawASecretIsBehindTheClient(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		first, second, third := w.join(t, org, "anna", broker.RoleOwner), w.join(t, org, "bert", broker.RoleOwner), w.join(t, org, "olga", broker.RoleOperator)
		client := w.client(t, first)
		_, _, err := w.clients.Rotate(t.Context(), second, client.Client, broker.Rotation{})
		must(t, err)
		p := w.propose(t, client, org)
		for _, who := range []broker.Caller{first, second} {
			if _, err := w.release(t, who, p.ID, p.Digest); code(t, err) != "second-person-needed" {
				t.Errorf("who was shown a secret: got %v", err)
			}
		}
		if _, err := w.release(t, third, p.ID, p.Digest); err != nil {
			t.Errorf("who was shown none: %v", err)
		}
	})
}

func TestOneOfManyReleases(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		p := w.propose(t, w.join(t, org, "anna", broker.RoleOwner), org)
		var callers []broker.Caller
		for _, name := range []string{"bert", "carl", "dora", "emil"} {
			callers = append(callers, w.join(t, org, name, broker.RoleOperator))
		}
		errs := atOnce(len(callers), func(i int) error {
			_, err := w.release(t, callers[i], p.ID, p.Digest)
			return err
		})
		won := 0
		for _, err := range errs {
			switch code(t, err) {
			case "":
				won++
			case "proposal-closed":
			default:
				t.Errorf("got %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d released it, want 1", won)
		}
		if n := count(w.deeds(t), "proposal.released"); n != 1 {
			t.Errorf("%d releases were noted, want 1", n)
		}
	})
}

// atOnce calls do side by side.
func atOnce(n int, do func(int) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = do(i) })
	}
	group.Wait()
	return errs
}

func count(lines []string, part string) (n int) {
	for _, line := range lines {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

// What was proposed is done in the transaction of its release: when that fails, neither is there, nor a note.
func TestReleaseFailsWithWhatItIsFor(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		p := w.propose(t, w.join(t, org, "anna", broker.RoleOwner), org)
		second := w.join(t, org, "bert", broker.RoleOwner)
		before, failure := w.deeds(t), errors.New("it does not fit")
		err := w.store.Update(t.Context(), func(tx broker.Tx) error {
			if _, err := account.Release(tx, w.clock.Now(), second, p.ID, p.Digest); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatalf("got %v, want the failure", err)
		}
		if after := w.deeds(t); !slices.Equal(before, after) {
			t.Errorf("noted: %q", after[len(before):])
		}
		if _, err := w.release(t, second, p.ID, p.Digest); err != nil {
			t.Errorf("released after all: %v", err)
		}
	})
}

func TestProposeRefuses(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		tests := map[string]struct {
			who  broker.Caller
			org  broker.OrgID
			want string
		}{
			"nobody":                 {broker.Caller{}, org, "unauthorized"},
			"an operator":            {w.join(t, org, "olga", broker.RoleOperator), org, "forbidden"},
			"a reader":               {w.join(t, org, "rolf", broker.RoleReader), org, "forbidden"},
			"an owner of another":    {w.join(t, other, "otto", broker.RoleOwner), org, "organisation-not-found"},
			"a client of another":    {w.client(t, broker.Operator(other)), org, "organisation-not-found"},
			"a client without scope": {broker.Caller{Client: "c", Org: org, Scopes: []broker.Scope{broker.ScopeSubscribe}}, org, "forbidden"},
			"a client for one destination": {broker.Caller{Client: "c", Org: org, Scopes: []broker.Scope{
				"manage:destination:0b4f8f62-3a4c-4d5e-9f60-7a8b9c0d1e2f"}}, org, "forbidden"},
			"for no organisation": {machine, "none", "organisation-not-found"},
		}
		for name, test := range tests {
			err := w.store.Update(t.Context(), func(tx broker.Tx) error {
				_, err := account.Propose(tx, w.clock.Now(), test.who, account.Wish{Org: test.org, Subject: "routes", Value: aChange})
				return err
			})
			if code(t, err) != test.want {
				t.Errorf("%s: got %v, want %s", name, err, test.want)
			}
		}
	})
}

// Who may propose may withdraw, who may release may refuse, and neither the other way round.
func TestClosing(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		developer, operator := w.join(t, org, "dora", broker.RoleDeveloper), w.join(t, org, "olga", broker.RoleOperator)
		stranger := w.join(t, other, "otto", broker.RoleOwner)
		for name, test := range map[string]struct {
			who  broker.Caller
			how  func(broker.Caller, account.ProposalID) (account.Proposal, error)
			want string
			as   account.ProposalState
		}{
			"a developer withdraws": {developer, w.withdraw(t), "", account.Withdrawn},
			"an operator refuses":   {operator, w.refuse(t), "", account.Refused},
			"a developer refuses":   {developer, w.refuse(t), "forbidden", account.Open},
			"an operator withdraws": {operator, w.withdraw(t), "forbidden", account.Open},
			"a stranger refuses":    {stranger, w.refuse(t), "proposal-not-found", account.Open},
			"a stranger withdraws":  {stranger, w.withdraw(t), "proposal-not-found", account.Open},
		} {
			made := w.propose(t, developer, org)
			if _, err := test.how(test.who, made.ID); code(t, err) != test.want {
				t.Errorf("%s: got %v, want %q", name, err, test.want)
			}
			p, err := w.Proposal(t.Context(), developer, made.ID)
			must(t, err)
			if p.State != test.as || (p.State != account.Open) != (p.ClosedBy == test.who.Name() && p.Note == "because") {
				t.Errorf("%s: got %+v", name, p)
			}
		}
	})
}

func (w *world) withdraw(t testing.TB) func(broker.Caller, account.ProposalID) (account.Proposal, error) {
	return func(who broker.Caller, id account.ProposalID) (account.Proposal, error) {
		return w.Withdraw(t.Context(), who, id, "because")
	}
}

func (w *world) refuse(t testing.TB) func(broker.Caller, account.ProposalID) (account.Proposal, error) {
	return func(who broker.Caller, id account.ProposalID) (account.Proposal, error) {
		return w.Refuse(t.Context(), who, id, "because")
	}
}

// A proposal that was altered where it is stored is not released: what would be done is not what was looked at.
func TestAlteredProposal(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		p := w.propose(t, w.join(t, org, "anna", broker.RoleOwner), org)
		must(t, w.store.Update(t.Context(), func(tx broker.Tx) error {
			e, err := tx.Entry("proposal", string(p.ID))
			if err != nil {
				return err
			}
			e.Value = bytes.Replace(e.Value, []byte("A "), []byte("Z "), 1)
			return tx.PutEntry(e)
		}))
		if _, err := w.release(t, w.join(t, org, "bert", broker.RoleOwner), p.ID, p.Digest); code(t, err) != "proposal-changed" {
			t.Errorf("got %v, want proposal-changed", err)
		}
	})
}
