package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/testenv"
)

// judging is the flags of "conformance".
type judging struct {
	target   target
	cases    []string
	chapters []string
	plan     testenv.Plan
	timeout  time.Duration
	junit    string
}

func conformanceCommand() *cobra.Command {
	var j judging
	cmd := &cobra.Command{
		Use:   "conformance [--world FILE | --url BASE] [--case 56-86]",
		Short: "Judge a broker from outside, by the numbered cases of the contract",
		Long: `Sends good and broken requests to a broker and judges every answer: the 158 numbered cases of the FIT-Connect contract, each passed,
failed or not run and why, and some 1,400 of our own beyond them. Any broker will do, ours or another one: nothing but its addresses
and the credentials of its clients is needed, and what a missing address, client or key leaves out is told case by case.

The cases make destinations and submissions and leave most of them behind: point it at a test environment. They ask for nothing of others,
and stand being run beside other users. --parallel 1 makes one call after the other, except where a case is about several at once, and
a broker that answers 429 is given the time that it asks for.

Without --world and --url it is the test environment of the "vierkant up" that runs with vierkant-data here. A FIT-Connect test environment,
with clients and a destination that were registered in its portal:

  export VIERKANT_SENDER_SECRET=… VIERKANT_SUBSCRIBER_SECRET=…
  vierkant conformance --tolerant --parallel 1 --numbered --junit report.xml \
    --token-url https://auth-testing.fit-connect.fitko.dev/token \
    --submission-url https://test.fit-connect.fitko.dev/submission-api \
    --destination-url https://test.fit-connect.fitko.dev/destination-api \
    --routing-url https://routing-api-testing.fit-connect.fitko.dev \
    --portal-url https://portal.auth-testing.fit-connect.fitko.dev \
    --sender-id ID --subscriber-id ID --keys DESTINATION=DIR --service urn:de:fim:leika:leistung:99050012104000

The same may stand in a file for --world, in the form of the world.json of "vierkant up".

Exit status: 0 all that ran passed, 1 some failed, or none ran, or the run was broken off; 2 wrong usage; 3 nobody answered.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return j.run(cmd.Context(), cmd.Flags().Changed("world"), outputOf(cmd))
		},
	}
	j.target.flags(cmd)
	j.flags(cmd)
	return cmd
}

func (j *judging) flags(cmd *cobra.Command) {
	const (
		atOnce   = 4
		caseTime = 2 * time.Minute
		runTime  = 30 * time.Minute
	)
	flags := cmd.Flags()
	flags.StringSliceVar(&j.cases, "case", nil, "only these numbers of the contract, like 1-34,56; what is ours is left out then")
	flags.StringSliceVar(&j.chapters, "chapter", nil, "only these chapters of the contract, like 15.4")
	flags.BoolVar(&j.plan.Numbered, "numbered", false, "only the numbered cases of the contract, not ours beyond them")
	flags.IntVar(&j.plan.Parallel, "parallel", atOnce, "cases at a time")
	flags.DurationVar(&j.plan.CaseTime, "case-timeout", caseTime, "how long one case may take")
	flags.DurationVar(&j.timeout, "timeout", runTime, "how long the whole run may take")
	flags.StringVar(&j.junit, "junit", "", "also write a report in JUnit's XML to this file; what is there is overwritten")
	completeNothing(cmd, "case", "parallel", "case-timeout", "timeout")
	completeValues(cmd, "chapter", sections()...)
	completeFile(cmd, "junit", "xml")
}

func sections() []string {
	var all []string
	for _, c := range testenv.Chapters() {
		all = append(all, c.Section)
	}
	return all
}

func (j *judging) run(ctx context.Context, worldGiven bool, out output) error {
	if err := j.check(); err != nil {
		return err
	}
	session, err := j.target.session(worldGiven)
	if err != nil {
		return err
	}
	defer session.Close()
	var file *os.File
	if j.junit != "" { // before the run, which takes its time: can it be written at all?
		if file, err = os.Create(j.junit); err != nil {
			return err
		}
		defer file.Close()
	}
	if err := session.Reach(ctx); err != nil {
		return &unreachableError{err}
	}
	limited, cancel := context.WithTimeout(ctx, j.timeout)
	defer cancel()
	j.plan.Told = countdown(out)
	report := session.Run(limited, j.plan)
	v := verdictOf(session.Address(), report)
	if err := out.show(v, v.show); err != nil {
		return err
	}
	if file != nil {
		if err := errors.Join(writeJUnit(file, v), file.Close()); err != nil {
			return fmt.Errorf("%s: %w", j.junit, err)
		}
	}
	return v.err(limited.Err())
}

// unreachableError is a broker that nobody can judge at the moment.
type unreachableError struct{ err error }

func (e *unreachableError) Error() string { return e.err.Error() }

func (e *unreachableError) Unwrap() error { return e.err }

// countdown tells people at a terminal how far the run is.
func countdown(out output) func(done, all int) {
	if !watched(out) {
		return nil
	}
	return func(done, all int) {
		fmt.Fprintf(os.Stderr, "%s%d of %d cases", clearLine, done, all)
		if done == all {
			fmt.Fprint(os.Stderr, clearLine)
		}
	}
}

// check reads which cases are meant and what is possible.
func (j *judging) check() error {
	if j.plan.Parallel < 1 {
		return usageError{fmt.Errorf("--parallel %d: expected at least 1", j.plan.Parallel)}
	}
	if j.plan.CaseTime <= 0 || j.timeout <= 0 {
		return usageError{errors.New("--case-timeout and --timeout: expected more than 0, like 2m")}
	}
	if len(j.cases)+len(j.chapters) == 0 {
		return nil
	}
	j.plan.Numbers = []int{}
	for _, span := range j.cases {
		if err := j.add(span); err != nil {
			return err
		}
	}
	for _, section := range j.chapters {
		if err := j.addChapter(section); err != nil {
			return err
		}
	}
	return nil
}

// add takes a number or two numbers with a dash between.
func (j *judging) add(span string) error {
	chapters := testenv.Chapters()
	most := chapters[len(chapters)-1].Last()
	from, to, isSpan := strings.Cut(span, "-")
	if !isSpan {
		to = from
	}
	first, err := strconv.Atoi(strings.TrimSpace(from))
	last, also := strconv.Atoi(strings.TrimSpace(to))
	if errors.Join(err, also) != nil || first < 1 || last > most || first > last {
		return usageError{fmt.Errorf("--case %q: expected a number from 1 to %d, or two like 56-86", span, most)}
	}
	for number := first; number <= last; number++ {
		j.plan.Numbers = append(j.plan.Numbers, number)
	}
	return nil
}

func (j *judging) addChapter(section string) error {
	for _, c := range testenv.Chapters() {
		if c.Section == section {
			return j.add(fmt.Sprintf("%d-%d", c.First, c.Last()))
		}
	}
	return usageError{fmt.Errorf("--chapter %q: it is one of %s", section, strings.Join(sections(), ", "))}
}
