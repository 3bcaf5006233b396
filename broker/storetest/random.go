package storetest

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// What random programs take from the environment.
const (
	seedVariable  = "VIERKANT_STORE_SEED"     // of the first program; else a fresh one
	countVariable = "VIERKANT_STORE_PROGRAMS" // how many programs; else few
)

const (
	fewPrograms   = 6
	programBytes  = 2000             // about 60 transactions
	longestFuzzed = 8000             // bytes that the fuzzer may give
	shrinkFor     = 20 * time.Second // a program that is not the shortest says enough
	shrinkTries   = 1000
)

// randomPrograms runs random programs and compares the store with the model after each transaction.
func randomPrograms(h *harness) {
	seed := fromEnvironment(h.T, seedVariable, rand.Uint64())
	for n := range fromEnvironment(h.T, countVariable, fewPrograms) {
		raw := thrown(seed+n, programBytes)
		if found := compare(h.T, h.open, generate(raw)); found != nil {
			h.Fatalf("%s=%d %s=1 repeats this.\n%s", seedVariable, seed+n, countVariable, found)
		}
	}
}

// FuzzStore compares a store with the model on programs that the fuzzer writes.
func FuzzStore(f *testing.F, open func(t testing.TB, dir string) broker.Store) {
	// No two runs take quite the same lines where goroutines meet, so the fuzzer would try for a minute to shorten each program that
	// reached new ones. Those that fail are shortened here, and better.
	if err := flag.Set("test.fuzzminimizetime", "1x"); err != nil {
		f.Fatal(err)
	}
	for seed := range uint64(3) {
		f.Add([]byte(thrown(seed, 60)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if found := compare(t, open, generate(raw[:min(len(raw), longestFuzzed)])); found != nil {
			t.Fatal(found)
		}
	})
}

// thrown returns the dice that a seed throws.
func thrown(seed uint64, n int) dice {
	var from [32]byte
	binary.LittleEndian.PutUint64(from[:], seed)
	d := make(dice, n)
	rand.NewChaCha8(from).Read(d)
	return d
}

func fromEnvironment(t testing.TB, name string, otherwise uint64) uint64 {
	text, set := os.LookupEnv(name)
	if !set {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// difference is a program after which store and model differ.
type difference struct {
	before  int // lines of the program that it was shortened from
	program program
	why     error
}

func (d *difference) String() string {
	return fmt.Sprintf("Shortened from %d to %d lines:\n\n%s\n%v", d.before, d.program.size(), d.program, d.why)
}

// compare runs a program on a fresh store and on a model. When they differ, it looks for the shortest program that makes them differ.
func compare(t testing.TB, open func(t testing.TB, dir string) broker.Store, p program) *difference {
	questions := survey()
	run := func(p program) (int, error) {
		r := newRun(t, open, questions)
		defer func() { r.store.Close() }()
		return r.do(p)
	}
	n, err := run(p)
	if err == nil {
		return nil
	}
	end := time.Now().Add(shrinkFor)
	shortest := shrink(p[:n], shrinkTries, func(p program) bool {
		_, err := run(p)
		return err != nil && time.Now().Before(end)
	})
	_, why := run(shortest)
	return &difference{p.size(), shortest, why}
}

func newRun(t testing.TB, open func(t testing.TB, dir string) broker.Store, questions []step) *run {
	dir := t.TempDir()
	r := &run{store: open(t, dir), survey: questions, model: &model{}, bodies: [2]map[int]broker.BodyID{{}, {}}}
	r.reopen = func() (broker.Store, error) {
		if err := r.store.Close(); err != nil {
			return r.store, err
		}
		return open(t, dir), nil
	}
	return r
}
