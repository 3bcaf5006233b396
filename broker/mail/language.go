package mail

import (
	"context"

	"github.com/vierkant/vierkant/broker"
)

// Language is in what an organisation wants its mails. The zero value is in all, German first: a contact has none.
type Language string

// The languages.
const (
	German  Language = "de"
	English Language = "en"
)

// languages are all, in the order in which a mail has them.
func languages() []Language { return []Language{German, English} }

// all returns those in which a mail is written.
func (l Language) all() []Language {
	if l == "" {
		return languages()
	}
	return []Language{l}
}

// choiceRecord is the choice of an organisation.
type choiceRecord struct {
	Language Language `json:"language,omitempty"`
}

// letterhead is what a mail has from its organisation.
type letterhead struct {
	org      string // name
	language Language
}

func letterheadOf(tx broker.Tx, org broker.OrgID) (letterhead, error) {
	o, err := tx.Org(org)
	if err != nil && !isNoRow(err) {
		return letterhead{}, err
	}
	l, err := languageOf(tx, org)
	return letterhead{org: clip(o.Name), language: l}, err
}

func languageOf(tx broker.Tx, org broker.OrgID) (Language, error) {
	c, err := broker.ReadEntry[choiceRecord](tx, choiceEntries, string(org))
	if isNoRow(err) {
		return "", nil
	}
	return c.Language, err
}

// Language returns the choice of an organisation. It takes the right to read.
func (m *Mails) Language(ctx context.Context, who broker.Caller, org broker.OrgID) (l Language, err error) {
	if err := who.Entitled(org, broker.RightRead); err != nil {
		return "", err
	}
	err = m.cfg.Store.View(ctx, func(tx broker.Tx) error {
		l, err = languageOf(tx, org)
		return err
	})
	return l, err
}

// SetLanguage is the choice of an organisation; it holds for mails that are not sent yet. It takes the right to draft.
func (m *Mails) SetLanguage(ctx context.Context, who broker.Caller, org broker.OrgID, l Language) error {
	if err := who.Entitled(org, broker.RightDraft); err != nil {
		return err
	}
	if l != "" && l != German && l != English {
		return broker.Invalid.New("bad-request", "language must be %s, %s, or empty for both", German, English)
	}
	return m.cfg.Store.Update(ctx, func(tx broker.Tx) error {
		if err := broker.WriteEntry(tx, choiceEntries, string(org), string(org), choiceRecord{l}); err != nil {
			return err
		}
		return broker.Note(tx, m.cfg.Now(), who, broker.Deed{Org: org, Deed: "mail-language.changed", Subject: string(org), Detail: string(l)})
	})
}
