package routes

import (
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/api/portal/page"
)

// What is pressed in the form of a route to have one more coverage in it, or one less. The form comes back as it was filled in; nothing is checked or kept.
const (
	doAdd  = "add"
	doDrop = "drop-" // and the number of the coverage, from 0 on
)

func coverageParts() []string { return []string{"services", "regions", "schemas"} }

// coverageFields is the fields of one coverage.
type coverageFields struct {
	Fields []*page.Field
	Number int
	Drop   string // what the button sends that takes it out; "": there is none
}

func (e editing) groups(f *page.Form) []coverageFields {
	all := make([]coverageFields, min(e.coverages, maxBlocks))
	for i := range all {
		all[i].Number = i + 1
		for _, part := range coverageParts() {
			all[i].Fields = append(all[i].Fields, f.Field(block(part, i)))
		}
		if len(all) > 1 && e.coverages <= maxBlocks {
			all[i].Drop = doDrop + strconv.Itoa(i)
		}
	}
	return all
}

// reshape shows the form with other coverages, and what was typed.
func (e editing) reshape(typed *page.Form, do string) error {
	without := e.coverages // none
	if i, err := strconv.Atoi(strings.TrimPrefix(do, doDrop)); err == nil && i >= 0 && i < e.coverages && e.coverages > 1 {
		without = i
		e.coverages--
	} else if do == doAdd && e.coverages < maxBlocks {
		e.coverages++
	}
	f, err := e.form()
	if err != nil {
		return err
	}
	for _, field := range f.Fields {
		if was := typed.Field(field.Name); was != nil && field.Name != "coverages" {
			field.Value = was.Value
		}
	}
	for i := range e.coverages {
		for _, part := range coverageParts() {
			f.Field(block(part, i)).Value = valueOf(typed, part, i, without)
		}
	}
	return e.show(f)
}

// valueOf is what was typed into a part of what is the i-th coverage without one of them.
func valueOf(typed *page.Form, part string, i, without int) string {
	if i >= without {
		i++
	}
	if field := typed.Field(block(part, i)); field != nil {
		return field.Value
	}
	return ""
}
