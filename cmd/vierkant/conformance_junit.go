package main

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/vierkant/vierkant/testenv"
)

// The elements of JUnit's XML, as far as build servers read them.
type (
	junitReport struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitCount
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCount
		Cases []junitCase `xml:"testcase"`
	}
	junitCount struct {
		Tests    int     `xml:"tests,attr"`
		Failures int     `xml:"failures,attr"`
		Errors   int     `xml:"errors,attr"` // always 0: what goes wrong is the broker's failure
		Skipped  int     `xml:"skipped,attr"`
		Seconds  seconds `xml:"time,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Seconds seconds       `xml:"time,attr"`
		Failure *junitMessage `xml:"failure"`
		Skipped *junitMessage `xml:"skipped"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
	}
)

// writeJUnit writes a suite for each chapter, and one for what is beyond them. A number without a case is one that was skipped.
func writeJUnit(to io.Writer, v verdict) error {
	report := junitReport{Name: "FIT-Connect contract, " + v.Address}
	for _, c := range v.Chapters {
		suite := junitSuite{Name: c.Section + " " + c.Title}
		for _, one := range c.Cases {
			suite.addNumber(one)
		}
		report.add(suite)
	}
	if v.Own != nil {
		suite := junitSuite{Name: "Beyond the contract"}
		for _, p := range v.Own.Cases {
			suite.addCase(p.Name, p)
		}
		report.add(suite)
	}
	report.Seconds = seconds(v.Seconds)
	if _, err := io.WriteString(to, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(to)
	encoder.Indent("", " ")
	if err := encoder.Encode(report); err != nil {
		return err
	}
	_, err := io.WriteString(to, "\n")
	return err
}

func (r *junitReport) add(s junitSuite) {
	r.Suites = append(r.Suites, s)
	r.Tests, r.Failures, r.Skipped = r.Tests+s.Tests, r.Failures+s.Failures, r.Skipped+s.Skipped
}

func (s *junitSuite) addNumber(j judged) {
	name := fmt.Sprintf("%03d %s", j.Number, j.Title)
	if len(j.Parts) == 0 {
		s.addCase(name, part{Outcome: j.Outcome, Why: j.Why})
	}
	for _, p := range j.Parts {
		if len(j.Parts) == 1 {
			s.addCase(name, p)
		} else {
			s.addCase(name+": "+p.Name, p)
		}
	}
}

func (s *junitSuite) addCase(name string, p part) {
	c := junitCase{Class: s.Name, Name: name, Seconds: seconds(p.Seconds)}
	s.Tests, s.Seconds = s.Tests+1, s.Seconds+c.Seconds
	switch p.Outcome {
	case testenv.Failed:
		c.Failure = &junitMessage{p.Why}
		s.Failures++
	case testenv.NotRun:
		c.Skipped = &junitMessage{p.Why}
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// seconds are written as build servers read them.
type seconds float64

// MarshalText implements [encoding.TextMarshaler].
func (s seconds) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%.3f", float64(s)), nil }
