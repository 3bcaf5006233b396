package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/signin"
)

// SignUp says who makes an account.
type SignUp string

// The ways. The zero value is ByInvitation.
const (
	SignUpOpen   SignUp = "open"       // whoever has a mail address; in test only
	ByInvitation SignUp = "invitation" // who is invited into an organisation, or made by an operator
)

func (c Config) checkSignUp() error {
	switch c.SignUp {
	case "", ByInvitation:
		return nil
	case SignUpOpen:
		if !c.Environment.OpenSignUp {
			return fmt.Errorf("signup: open is for test environments, not for %s: leave it out, and invite people", c.Environment.Name)
		}
		return nil
	}
	return fmt.Errorf("signup: %q is neither %s nor %s", c.SignUp, SignUpOpen, ByInvitation)
}

// makeSignIn makes what finds out who somebody is.
func (n *Node) makeSignIn(context.Context) (err error) {
	n.signIn, err = signin.New(signin.Config{
		Accounts: n.Accounts, Store: n.store.Store, Mails: n.Mails, Wrapper: n.wrapper, Now: n.now,
		URL: n.public, Name: n.productName(), Open: n.cfg.SignUp == SignUpOpen,
	})
	return err
}

// productName is this environment in a list of many services, as apps and devices show it.
func (n *Node) productName() string {
	if n.cfg.Environment.Name == "production" {
		return "Vierkant"
	}
	return "Vierkant (" + n.cfg.Environment.Name + ")"
}

// Administrator is somebody who is to operate the platform, and how they come in.
type Administrator struct {
	Email   string `json:"email"`
	Name    string `json:"name,omitempty"`    // of somebody who is not known yet
	Reset   bool   `json:"reset,omitempty"`   // of somebody who is known; nobody is made or appointed
	Without bool   `json:"without,omitempty"` // takes all second factors away
}

// AdministratorLink is what an administrator opens to choose a password.
type AdministratorLink struct {
	PersonID string    `json:"personId"`
	Email    string    `json:"email"`
	Link     string    `json:"link"`
	Until    time.Time `json:"until"`
}

// linkAdministrator answers POST /admin of the operator's socket.
func (n *Node) linkAdministrator(r *http.Request) (any, error) {
	asked, err := readBody[Administrator](r)
	if err != nil {
		return nil, err
	}
	return n.administratorLink(r.Context(), asked)
}

func (n *Node) administratorLink(ctx context.Context, asked Administrator) (link AdministratorLink, err error) {
	machine := broker.Operator("")
	p, err := n.administrator(ctx, machine, asked)
	if err != nil {
		return link, err
	}
	link = AdministratorLink{PersonID: string(p.ID), Email: p.Email, Until: n.now().Add(signin.SetupLinkLife).UTC()}
	link.Link, err = n.signIn.Setup(ctx, machine, p.ID, asked.Without)
	return link, err
}

// administrator is the person of an address. Who is to be added is made, if there is nobody, and appointed; who is to be reset is there.
func (n *Node) administrator(ctx context.Context, machine broker.Caller, asked Administrator) (p account.Person, err error) {
	p, err = n.Accounts.PersonOf(ctx, machine, asked.Email)
	if asked.Reset {
		return p, err
	}
	if errors.Is(err, broker.NotFound) {
		p, err = n.Accounts.AddPerson(ctx, machine, account.NewPerson{Name: asked.Name, Email: asked.Email})
	}
	if err != nil || p.Platform {
		return p, err
	}
	return n.Accounts.Appoint(ctx, machine, p.ID, true)
}
