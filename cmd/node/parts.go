package node

import (
	"context"

	"github.com/vierkant/vierkant/api"
	"github.com/vierkant/vierkant/api/manage"
	"github.com/vierkant/vierkant/api/route"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/broker/diagnosis"
	"github.com/vierkant/vierkant/broker/publication"
	"github.com/vierkant/vierkant/broker/signer"
	"github.com/vierkant/vierkant/broker/template"
)

// step makes a part of a node.
type step func(context.Context) error

// inOrder takes one step after the other, each of which may need what those before it made.
func inOrder(ctx context.Context, steps []step) error {
	for _, take := range steps {
		if err := take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// opening is what is made before the public URL is known.
func (n *Node) opening() []step {
	return []step{
		n.openData, n.openKeyring, n.openSigner, n.openMetrics, n.openCertificate, n.openFaults, n.followClock, n.openCatalogues,
	}
}

// making is what needs the public URL.
func (n *Node) making() []step {
	return []step{
		n.makeKeyCare, n.makeWitness, n.makeBroker, n.makePublication, n.makeAccounts, n.makeMails, n.makeSignIn, n.makeOIDC, n.makeFigures,
		n.makeTemplates, n.makeGoLive, n.makeOutbox, n.makeRetention,
	}
}

func (n *Node) openKeyring(ctx context.Context) (err error) {
	n.keyring, err = broker.OpenKeyring(ctx, broker.KeyringConfig{
		Store: n.store.Store, Wrapper: n.wrapper, Make: keyMakers(n.cfg.Environment.Name, n.now), Now: n.now,
	})
	return err
}

func (n *Node) openSigner(context.Context) (err error) {
	n.signer, err = signer.New(signer.Config{Store: n.store.Store, Keyring: n.keyring, Log: n.log})
	return err
}

func (n *Node) makeBroker(ctx context.Context) error {
	policy, err := n.cfg.Environment.policy(n.cfg.TrustAnchors)
	if err != nil {
		return err
	}
	n.Broker, err = broker.New(broker.Config{
		Store: n.store.Store, Blobs: n.store.blobs, Wrapper: n.wrapper, Keyring: n.keyring,
		Policy: policy, KeyCare: n.keycare.Rules(), Callbacks: broker.CallbackRule{Insecure: n.cfg.AllowHTTPCallbacks},
		Issuer: n.URLs().Submission, Portal: n.URLs().Portal, Sign: n.signer.Sign,
		Now: n.now, Deadline: n.deadline.now, Limits: n.cfg.Limits, Periods: n.cfg.Deadlines,
		Join: template.Join, Withdraw: publication.Withdraw, Happened: n.happened, Shown: n.witness.Shown,
		Contacted: n.contacted, Remind: n.remind, TimedOut: n.tellOfTimeout, Unreached: n.unreached, SecretEnds: n.secretEnds,
	})
	if err != nil {
		return err
	}
	return n.Broker.Notices.Reload(ctx)
}

func (n *Node) makePublication(context.Context) (err error) {
	n.Publication, err = publication.New(publication.Config{
		Store: n.store.Store, Routes: n.Broker.Routes, Areas: n.catalogues.Areas, Now: n.now, Rule: n.cfg.publishing(),
	})
	return err
}

func (n *Node) makeAccounts(context.Context) (err error) {
	n.Accounts, err = account.New(account.Config{Store: n.store.Store, Now: n.now, Post: n.postInvitation, Founding: n.cfg.Environment.Founding})
	return err
}

func (n *Node) makeTemplates(context.Context) (err error) {
	n.templates, n.adoptions, err = template.New(template.Config{
		Store: n.store.Store, Routes: n.Broker.Routes, Publisher: n.Publication, Now: n.now,
	})
	return err
}

// surface is what the API needs.
func (n *Node) surface() (api.Config, error) {
	diagnoses, err := diagnosis.New(diagnosis.Config{Store: n.store.Store, Periods: n.Broker.Periods, Now: n.now, Deadline: n.deadline.now})
	if err != nil {
		return api.Config{}, err
	}
	tracked, err := n.tracking()
	if err != nil {
		return api.Config{}, err
	}
	operation, err := n.makeOperation()
	if err != nil {
		return api.Config{}, err
	}
	tokens, err := newTokens(n.keyring, n.public, n.now)
	return api.Config{
		Broker: n.Broker, Keyring: n.keyring, PublicURL: n.public, Environment: n.cfg.Environment.Name, Issue: n.witnessTokens(tokens.Issue), Verify: n.rehearseExpiry(tokens.Verify),
		Rehearse:       n.rehearseRequest(),
		TrustedProxies: n.cfg.TrustedProxies, Routing: route.Config{Areas: n.catalogues.Areas, Folder: n.cfg.Data}, FairUse: n.cfg.FairUse.FairUse,
		Management: manage.Config{
			Accounts: n.Accounts, Catalogues: n.catalogues, Publication: n.Publication, Templates: n.templates, Adoptions: n.adoptions,
			Keys: n.keycare, Mails: n.Mails, Try: n.outbox.Try, Diagnosis: diagnoses, Tracking: tracked,
			Figures:   n.Figures,
			Operation: operation,
			Releases:  n.releases(),
			GoLive:    n.golive,
			OIDC:      n.oidc,
			SignIn:    n.signIn,
		},
		Log: n.log, Now: n.now, Observe: n.metrics.observe, Refused: n.metrics.refused,
	}, err
}
