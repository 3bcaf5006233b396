package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vierkant/vierkant/testenv"
)

// verdict is a report as programs read it.
type verdict struct {
	Address  string        `json:"submissionUrl"` // of the broker's Submission API
	Began    time.Time     `json:"began"`
	Seconds  float64       `json:"seconds"`
	Count    testenv.Count `json:"count"` // of the contract's numbers
	Chapters []chapter     `json:"chapters"`
	Own      *own          `json:"own,omitempty"` // what is not of the contract's list
}

type chapter struct {
	Section string        `json:"section"`
	Title   string        `json:"title"`
	Count   testenv.Count `json:"count"`
	Cases   []judged      `json:"cases"`
}

// judged is a number of the contract.
type judged struct {
	Number  int             `json:"number"`
	Title   string          `json:"title"`
	Outcome testenv.Outcome `json:"outcome"`
	Why     string          `json:"why,omitempty"`
	Parts   []part          `json:"parts"`
}

// part is one case that was to be run.
type part struct {
	Name    string          `json:"name"`
	Outcome testenv.Outcome `json:"outcome"`
	Why     string          `json:"why,omitempty"`
	Seconds float64         `json:"seconds"`
}

type own struct {
	Count testenv.Count `json:"count"`
	Cases []part        `json:"cases"`
}

func verdictOf(address string, r testenv.Report) verdict {
	v := verdict{Address: address, Began: r.Began, Seconds: r.Took.Seconds(), Chapters: []chapter{}}
	for _, s := range r.Sections() {
		c := chapter{Section: s.Section, Title: s.Title, Count: s.Count()}
		for _, one := range s.Verdicts {
			c.Cases = append(c.Cases, judged{one.Number, one.Title, one.Outcome, one.Why, parts(one.Parts)})
		}
		v.Chapters, v.Count = append(v.Chapters, c), v.Count.Plus(c.Count)
	}
	if ours := r.Own(); len(ours) > 0 {
		v.Own = &own{testenv.CountOf(ours), parts(ours)}
	}
	return v
}

func parts(results []testenv.Result) []part {
	all := []part{}
	for _, r := range results {
		all = append(all, part{r.Name, r.Outcome, r.Why, r.Took.Seconds()})
	}
	return all
}

// total counts everything.
func (v verdict) total() testenv.Count {
	if v.Own == nil {
		return v.Count
	}
	return v.Count.Plus(v.Own.Count)
}

// err is nil if all that ran passed. broken is why the run did not come to its end, if it did not.
func (v verdict) err(broken error) error {
	total := v.total()
	switch {
	case total.Failed > 0:
		return fmt.Errorf("%d of %d cases that ran failed", total.Failed, total.Failed+total.Passed)
	case broken != nil:
		return fmt.Errorf("the run was broken off: %w", broken)
	case total.Passed == 0:
		return errors.New("none of these cases could be run, so nothing is proved")
	}
	return nil
}

// The columns of a report, which is readable where lines have 80 characters.
const (
	width      = 80
	caseIndent = 16
	whyIndent  = 18
)

// show writes for people: a line for each number, and below it what was expected and got, or what was missing.
func (v verdict) show(to io.Writer) {
	fmt.Fprintf(to, "Judged %s, %s.\n", printable(v.Address), v.Began.Local().Format(time.DateTime))
	for _, c := range v.Chapters {
		heading(to, c.Section+" "+c.Title, c.Count)
		for _, one := range c.Cases {
			fmt.Fprintf(to, "%5d  %-7s  %s\n", one.Number, word(one.Outcome), one.Title)
			one.explain(to)
		}
	}
	if v.Own != nil {
		v.Own.show(to)
	}
	v.sum(to)
}

func heading(to io.Writer, title string, count testenv.Count) {
	fmt.Fprintf(to, "\n%s%*s\n", title, width-utf8.RuneCountInString(title), count)
}

// word is an outcome that is not overlooked.
func word(o testenv.Outcome) string {
	if o == testenv.Failed {
		return "FAILED"
	}
	return string(o)
}

func (j judged) explain(to io.Writer) {
	for _, p := range j.Parts {
		if p.Outcome == testenv.Failed {
			p.explain(to)
		}
	}
	wrap(to, caseIndent, j.Why)
}

func (p part) explain(to io.Writer) {
	wrap(to, caseIndent, p.Name+":")
	wrap(to, whyIndent, p.Why)
}

func (o own) show(to io.Writer) {
	heading(to, "Beyond the contract", o.Count)
	var idle []string
	missing := map[string]int{}
	for _, p := range o.Cases {
		switch p.Outcome {
		case testenv.Failed:
			fmt.Fprintln(to, "       FAILED")
			p.explain(to)
		case testenv.NotRun:
			if missing[p.Why]++; missing[p.Why] == 1 {
				idle = append(idle, p.Why)
			}
		}
	}
	for _, why := range idle {
		fmt.Fprintf(to, "%5d  not run\n", missing[why])
		wrap(to, caseIndent, why)
	}
}

// sum is the last line.
func (v verdict) sum(to io.Writer) {
	numbers := v.Count.Passed + v.Count.Failed + v.Count.NotRun
	fmt.Fprintf(to, "\nOf %d numbered cases %s", numbers, v.Count)
	if v.Own != nil {
		fmt.Fprintf(to, "; of %d beyond them %s", len(v.Own.Cases), v.Own.Count)
	}
	fmt.Fprintf(to, "; %.0f s.\n", v.Seconds)
}

// wrap writes a text, part of which may be a stranger's, in lines that begin so far in. What has no blank is cut.
func wrap(to io.Writer, indent int, text string) {
	margin := strings.Repeat(" ", indent)
	line := ""
	for _, word := range pieces(printable(text), width-indent) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width-indent {
			fmt.Fprintln(to, margin+line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		fmt.Fprintln(to, margin+line)
	}
}

// pieces are the words of a text, none longer than a line.
func pieces(text string, most int) []string {
	var all []string
	for _, word := range strings.Fields(text) {
		letters := []rune(word)
		for len(letters) > most {
			all, letters = append(all, string(letters[:most])), letters[most:]
		}
		all = append(all, string(letters))
	}
	return all
}
