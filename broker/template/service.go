package template

import (
	"context"
	"errors"
	"time"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/publication"
)

// Config is what templates need; all fields are required.
type Config struct {
	Store     broker.Store
	Routes    *broker.Routes         // made with Join
	Publisher *publication.Publisher // of what is adopted; its rule is also that of templates
	Now       func() time.Time       // wall clock
}

// Templates are made by those who develop online services.
type Templates struct{ *core }

// Adoptions are made by those who offer them.
type Adoptions struct{ *core }

// core is what both share.
type core struct{ cfg Config }

// New checks the configuration.
func New(cfg Config) (*Templates, *Adoptions, error) {
	if cfg.Store == nil || cfg.Routes == nil || cfg.Publisher == nil || cfg.Now == nil {
		return nil, nil, errors.New("template: config lacks Store, Routes, Publisher or Now")
	}
	k := &core{cfg}
	return &Templates{k}, &Adoptions{k}, nil
}

func (k *core) now() time.Time { return k.cfg.Now().UTC() }

func (k *core) note(tx broker.Tx, who broker.Caller, org broker.OrgID, deed, subject, detail string) error {
	return broker.Note(tx, k.cfg.Now(), who, broker.Deed{Org: org, Deed: deed, Subject: subject, Detail: detail})
}

// mayAtOnce refuses who may not do for an organisation what shows only what was released before.
func (k *core) mayAtOnce(who broker.Caller, org broker.OrgID) error {
	if !k.cfg.Publisher.Rule().FourEyes && who.Entitled(org, broker.RightDraft) == nil {
		return nil
	}
	return who.Entitled(org, broker.RightRelease)
}

// list runs fn for who may read what belongs to an organisation.
func (k *core) list(ctx context.Context, who broker.Caller, org broker.OrgID, p broker.Page, fn func(broker.Tx) error) error {
	if err := who.MayList(org, p); err != nil {
		return err
	}
	return k.cfg.Store.View(ctx, fn)
}

// room refuses a further entry in a list that is full.
func room(tx broker.Tx, kind broker.EntryKind, org broker.OrgID, most int, full error) error {
	if _, err := tx.Org(org); err != nil {
		return broker.NoOrg(err, org)
	}
	_, total, err := tx.EntriesOf(kind, string(org), broker.Page{Limit: 1})
	if err == nil && total >= most {
		return full
	}
	return err
}
