package template

import (
	"encoding/json"

	"github.com/vierkant/vierkant/broker"
)

// Join puts to routes of adoptions what their templates say. It is for broker.Config.Join.
func Join(tx broker.Tx, all []broker.Route) error {
	if !anyAdopted(all) {
		return nil
	}
	templates := map[ID]broker.RouteInfo{}
	page := func(p broker.Page) ([]broker.Entry, int, error) { return tx.Entries(templateEntries, p) }
	for e, err := range broker.EachEntry(page) {
		if err != nil {
			return err
		}
		r, err := broker.DecodeEntry[templateRecord](e)
		if err != nil {
			return err
		}
		if templates[r.ID], err = r.domain().told(); err != nil {
			return err
		}
	}
	of := map[broker.AdoptionID]ID{}
	page = func(p broker.Page) ([]broker.Entry, int, error) { return tx.Entries(adoptionsOf, p) }
	for e, err := range broker.EachEntry(page) {
		if err != nil {
			return err
		}
		of[broker.AdoptionID(e.ID)] = ID(e.Owner)
	}
	for i, r := range all {
		if shared, ok := templates[of[r.Adoption]]; ok {
			all[i].Info = join(r.Info, shared)
		}
	}
	return nil
}

func anyAdopted(all []broker.Route) bool {
	for _, r := range all {
		if r.Adoption != "" {
			return true
		}
	}
	return false
}

// join puts to what an authority says what its template says. The texts are shared by all routes of the template.
func join(own, shared broker.RouteInfo) broker.RouteInfo {
	if own.PrivacyURL == "" {
		own.PrivacyURL = shared.PrivacyURL
	}
	if own.AccessibilityURL == "" {
		own.AccessibilityURL = shared.AccessibilityURL
	}
	own.Further, own.Documents, own.LegalBasis, own.Deadline = shared.Further, shared.Documents, shared.LegalBasis, shared.Deadline
	own.Duration, own.Custom = shared.Duration, shared.Custom
	return own
}

// Names in customParameters of what the contract's route has no field for.
const (
	feesParameter    = "fees"
	resultsParameter = "resultDocuments"
)

// told is what the template says to people, fees and results included.
func (t Template) told() (broker.RouteInfo, error) {
	info := t.Shared
	if len(t.Fees) == 0 && len(t.Results) == 0 {
		return info, nil
	}
	custom := map[string]any{}
	if len(info.Custom) > 0 {
		if err := json.Unmarshal(info.Custom, &custom); err != nil {
			return info, err
		}
	}
	for name, texts := range map[string][]broker.Text{feesParameter: t.Fees, resultsParameter: t.Results} {
		if len(texts) > 0 {
			custom[name] = described(texts)
		}
	}
	raw, err := json.Marshal(custom)
	info.Custom = raw
	return info, err
}

// described is how the contract writes texts.
func described(texts []broker.Text) any {
	by := map[string]string{}
	for _, t := range texts {
		by[t.Language] = t.Text
	}
	return map[string]any{"description": by}
}
