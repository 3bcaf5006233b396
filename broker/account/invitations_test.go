package account_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/storetest/stores"
)

// invite has somebody invited and returns the code from the letter.
func (w *world) invite(t testing.TB, who broker.Caller, org broker.OrgID, email string, role broker.Role) (account.Invitation, string) {
	t.Helper()
	i, err := w.Invite(t.Context(), who, org, email, role)
	must(t, err)
	letter := w.letters.last(t)
	path, query, _ := strings.Cut(letter.Link, "?")
	if letter.To != email || path != account.InvitationPath || letter.Org != org || letter.Role != role || !letter.Expires.Equal(i.Expires) {
		t.Errorf("got the letter %+v", letter)
	}
	values, err := url.ParseQuery(query)
	must(t, err)
	return i, values.Get("code")
}

func TestInvitation(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		owner := w.join(t, org, "anna", broker.RoleOwner)
		i, secret := w.invite(t, owner, org, "Gast@anderswo.example", broker.RoleDeveloper)
		seen, err := w.InvitationByCode(t.Context(), secret)
		must(t, err)
		if seen.Invitation != i || seen.OrgName != "Stadt" || seen.Known {
			t.Errorf("got %+v", seen)
		}
		all, total, err := w.Invitations(t.Context(), owner, org, page)
		must(t, err)
		if total != 1 || !slices.Equal(all, []account.Invitation{i}) {
			t.Errorf("got %+v of %d", all, total)
		}
		p, err := w.AddPerson(t.Context(), machine, account.NewPerson{Name: "Gast", Email: "gast@ANDERSWO.example"})
		must(t, err)
		m, err := w.AcceptInvitation(t.Context(), broker.PersonCaller(p.ID, "", ""), secret)
		must(t, err)
		if m.ID != p.ID || m.Role != broker.RoleDeveloper || m.Org != org {
			t.Errorf("got %+v", m)
		}
		if got, want := w.roles(t, org), []string{"anna owner", "Gast developer"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if _, err := w.InvitationByCode(t.Context(), secret); code(t, err) != "invitation-not-found" {
			t.Errorf("a used link: got %v", err)
		}
		if _, err := w.AcceptInvitation(t.Context(), broker.PersonCaller(p.ID, "", ""), secret); code(t, err) != "invitation-not-found" {
			t.Errorf("accepted again: got %v", err)
		}
		for _, want := range []string{" invitation.made " + string(i.ID), "person " + string(p.ID) + " invitation.accepted " + string(i.ID)} {
			if !slices.ContainsFunc(w.deeds(t), func(d string) bool { return strings.Contains(d, want) }) {
				t.Errorf("the audit log lacks %q", want)
			}
		}
	})
}

// joined is somebody new who accepts.
func (w *world) joined(t testing.TB, secret, name string) (m account.Member, err error) {
	err = w.store.Update(t.Context(), func(tx broker.Tx) error {
		m, err = w.Join(tx, secret, name)
		return err
	})
	return m, err
}

// Who is not known yet becomes a person by accepting, whole or not at all.
func TestInvitationOfSomebodyNew(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		_, secret := w.invite(t, machine, org, "neu@anderswo.example", broker.RoleOwner)
		abandoned := errors.New("abandoned")
		err := w.store.Update(t.Context(), func(tx broker.Tx) error {
			_, err := w.Join(tx, secret, "Neu")
			return errors.Join(err, abandoned)
		})
		if !errors.Is(err, abandoned) {
			t.Errorf("got %v", err)
		}
		if people, _, err := w.People(t.Context(), machine, page); err != nil || len(people) != 0 {
			t.Errorf("got %+v, %v", people, err)
		}
		m, err := w.joined(t, secret, "Neu")
		must(t, err)
		if m.Email != "neu@anderswo.example" || m.Role != broker.RoleOwner {
			t.Errorf("got %+v", m)
		}
		// An address that somebody has is not given to somebody new, who would be in their place.
		other := w.org(t, "Kreis")
		_, secret = w.invite(t, machine, other, "NEU@anderswo.example", broker.RoleReader)
		if _, err := w.joined(t, secret, "Dieb"); code(t, err) != "person-exists" {
			t.Errorf("got %v", err)
		}
	})
}

func TestInvitationRefuses(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org, other := w.org(t, "Stadt"), w.org(t, "Kreis")
		owner := w.join(t, org, "anna", broker.RoleOwner)
		reader, stranger := w.join(t, org, "rolf", broker.RoleReader), w.join(t, other, "otto", broker.RoleOwner)
		client := w.client(t, owner)
		i, secret := w.invite(t, owner, org, "gast@anderswo.example", broker.RoleReader)
		invite := func(who broker.Caller, email string, role broker.Role) error {
			_, err := w.Invite(t.Context(), who, org, email, role)
			return err
		}
		accept := func(who broker.Caller, code string) error {
			_, err := w.AcceptInvitation(t.Context(), who, code)
			return err
		}
		log := w.deeds(t)
		for name, test := range map[string]struct {
			err  error
			want string
		}{
			"nobody":             {invite(broker.Caller{}, "a@b.example", broker.RoleReader), "unauthorized"},
			"reader":             {invite(reader, "a@b.example", broker.RoleReader), "forbidden"},
			"client":             {invite(client, "a@b.example", broker.RoleReader), "forbidden"},
			"stranger":           {invite(stranger, "a@b.example", broker.RoleReader), "organisation-not-found"},
			"no role":            {invite(owner, "a@b.example", "king"), "bad-request"},
			"no address":         {invite(owner, "a b", broker.RoleReader), "bad-request"},
			"a member":           {invite(owner, "ROLF@stadt.example", broker.RoleReader), "person-exists"},
			"twice":              {invite(owner, "Gast@Anderswo.example", broker.RoleOwner), "invited-already"},
			"another's":          {accept(stranger, secret), "invited-somebody-else"},
			"accepted by nobody": {accept(broker.Caller{}, secret), "unauthorized"},
			"accepted by client": {accept(client, secret), "forbidden"},
			"wrong code":         {accept(owner, secret+"A"), "invitation-not-found"},
			"long code":          {accept(owner, strings.Repeat("A", 1<<20)), "invitation-not-found"},
			"withdrawn by reader": {
				w.WithdrawInvitation(t.Context(), reader, org, i.ID), "forbidden"},
			"withdrawn by stranger": {
				w.WithdrawInvitation(t.Context(), stranger, other, i.ID), "invitation-not-found"},
		} {
			if got := code(t, test.err); got != test.want {
				t.Errorf("%s: got %q, want %q", name, got, test.want)
			}
		}
		if got := w.deeds(t); !slices.Equal(got, log) {
			t.Errorf("refusals left deeds: %q", got[len(log):])
		}
	})
}

// A link ends when it is withdrawn, or after a week. An address is written to once a day, whatever became of the first invitation.
func TestInvitationEnds(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		i, secret := w.invite(t, machine, org, "gast@anderswo.example", broker.RoleReader)
		must(t, w.WithdrawInvitation(t.Context(), machine, org, i.ID))
		if _, err := w.InvitationByCode(t.Context(), secret); code(t, err) != "invitation-not-found" {
			t.Errorf("withdrawn: got %v", err)
		}
		if _, err := w.Invite(t.Context(), machine, org, "gast@anderswo.example", broker.RoleReader); code(t, err) != "invited-already" {
			t.Errorf("at once again: got %v", err)
		}
		w.clock.advance(account.InvitePause)
		must(t, w.ExpireInvitations(t.Context()))
		i, secret = w.invite(t, machine, org, "gast@anderswo.example", broker.RoleReader)
		w.clock.advance(account.InvitationsLast - time.Second)
		must(t, w.ExpireInvitations(t.Context()))
		_, err := w.InvitationByCode(t.Context(), secret)
		must(t, err)
		w.clock.advance(time.Second)
		if _, err := w.InvitationByCode(t.Context(), secret); code(t, err) != "invitation-not-found" {
			t.Errorf("run out, before anybody looked: got %v", err)
		}
		must(t, w.ExpireInvitations(t.Context()))
		if all, total, err := w.Invitations(t.Context(), machine, org, page); err != nil || total != 0 {
			t.Errorf("got %+v, %v", all, err)
		}
		if log := w.deeds(t); !slices.Contains(log, "the broker invitation.expired "+string(i.ID)) {
			t.Errorf("got %q", log)
		}
		must(t, w.store.View(t.Context(), func(tx broker.Tx) error {
			for _, kind := range []broker.EntryKind{"invitation", "invitation-code", "invited"} {
				if _, n, err := tx.Entries(kind, page); err != nil || n != 0 {
					t.Errorf("%d entries of %s are left, %v", n, kind, err)
				}
			}
			_, err := tx.NextTimer("invitation")
			if err == nil {
				t.Error("a timer is left")
			}
			return nil
		}))
	})
}

// Two who have the same link make one member.
func TestInvitationIsAcceptedOnce(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		org := w.org(t, "Stadt")
		_, secret := w.invite(t, machine, org, "gast@anderswo.example", broker.RoleReader)
		var (
			all  sync.WaitGroup
			errs = make([]error, 4)
		)
		for n := range errs {
			all.Go(func() { _, errs[n] = w.joined(t, secret, "Gast") })
		}
		all.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else if got := code(t, err); got != "invitation-not-found" {
				t.Errorf("got %q", got)
			}
		}
		if got := w.roles(t, org); good != 1 || !slices.Equal(got, []string{"Gast reader"}) {
			t.Errorf("%d accepted, members %q", good, got)
		}
	})
}

func TestInvitationsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stores.Files(t))
	org := w.org(t, "Stadt")
	for range account.MaxInvitations {
		_, err := w.Invite(t.Context(), machine, org, broker.NewID[string]()+"@anderswo.example", broker.RoleReader)
		must(t, err)
	}
	if _, err := w.Invite(t.Context(), machine, org, "gast@anderswo.example", broker.RoleReader); code(t, err) != "too-many-invitations" {
		t.Errorf("got %v", err)
	}
}
