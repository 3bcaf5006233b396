//go:build unix

package seal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// A contestant moves a large body from file to file, in a process of its own: peak memory is that of a process, and one
// that has just held 200 MB is no place to measure the next.
type contestant struct {
	name string
	seal func(key keys.Public, from, to string) error
	open func(key keys.Private, from, to string) error
}

var contestants = []contestant{
	{"idle", func(keys.Public, string, string) error { return nil }, func(keys.Private, string, string) error { return nil }},
	{"vierkant", sealStreaming, openStreaming},
	{"go-jose", sealWithJose, openWithJose},
	{"jwx", sealWithJWX, openWithJWX},
}

func sealStreaming(key keys.Public, from, to string) error {
	plain, err := os.Open(from)
	if err != nil {
		return err
	}
	defer plain.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	writer, err := seal.NewWriter(out, key, "application/pdf")
	if err != nil {
		return err
	}
	_, err = io.Copy(writer, plain)
	return errors.Join(err, writer.Close())
}

func openStreaming(key keys.Private, from, to string) error {
	sealed, err := os.Open(from)
	if err != nil {
		return err
	}
	defer sealed.Close()
	_, err = seal.OpenFile(to, sealed, func(seal.Header) (keys.Private, error) { return key, nil }, seal.V2Attachment(), 1<<30)
	return err
}

func sealWithJose(key keys.Public, from, to string) error {
	plain, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	sealed, err := seal.Seal(key, "application/pdf", plain) // go-jose behind a check of the key
	if err != nil {
		return err
	}
	return os.WriteFile(to, []byte(sealed), 0o600)
}

func openWithJose(key keys.Private, from, to string) error {
	sealed, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	parsed, err := jose.ParseEncryptedCompact(string(sealed), []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return err
	}
	plain, err := parsed.Decrypt(key.Secret)
	if err != nil {
		return err
	}
	return os.WriteFile(to, plain, 0o600)
}

func sealWithJWX(key keys.Public, from, to string) error {
	plain, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	sealed, err := jwe.Encrypt(plain, jwe.WithKey(jwa.RSA_OAEP_256, key.Key), jwe.WithContentEncryption(jwa.A256GCM), jwe.WithCompress(jwa.NoCompress))
	if err != nil {
		return err
	}
	return os.WriteFile(to, sealed, 0o600)
}

func openWithJWX(key keys.Private, from, to string) error {
	sealed, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	plain, err := jwe.Decrypt(sealed, jwe.WithKey(jwa.RSA_OAEP_256, key.Secret))
	if err != nil {
		return err
	}
	return os.WriteFile(to, plain, 0o600)
}

// measured is what one run took.
type measured struct {
	Seconds float64
	CPU     float64 // seconds of all processors
	Peak    int64   // bytes of memory that the process ever held
}

const contestEnv = "VIERKANT_SEAL_CONTESTANT" // name, "seal" or "open", and the folder, with blanks between them

// TestMain is also the main function of the contestants.
func TestMain(m *testing.M) {
	task := os.Getenv(contestEnv)
	if task == "" {
		os.Exit(m.Run())
	}
	if err := contest(task); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func contest(task string) error {
	var name, direction, folder string
	if _, err := fmt.Sscan(task, &name, &direction, &folder); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(folder, "key"))
	if err != nil {
		return err
	}
	key, err := keys.ParsePrivate(raw)
	if err != nil {
		return err
	}
	for _, c := range contestants {
		if c.name == name {
			return c.report(key, direction, folder)
		}
	}
	return fmt.Errorf("no contestant %q", name)
}

func (c contestant) report(key keys.Private, direction, folder string) error {
	plain, sealed, out := filepath.Join(folder, "plain"), filepath.Join(folder, "sealed"), filepath.Join(folder, "out")
	start, worked := time.Now(), cpuSeconds()
	var err error
	if direction == "seal" {
		err = c.seal(key.Public, plain, out)
	} else {
		err = c.open(key, sealed, out)
	}
	took := measured{Seconds: time.Since(start).Seconds(), CPU: cpuSeconds() - worked}
	if err != nil {
		return err
	}
	if took.Peak, err = peakMemory(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(took)
}

// cpuSeconds is how long processors have worked for this process, in the system too.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // fails for other arguments only
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// peakMemory is what /proc says. Not what getrusage says: there a process inherits the peak of the one that started it.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if err != nil || len(fields) < 2 || fields[1] != "kB" {
		return 0, fmt.Errorf("no VmHWM in /proc/self/status: %w", err)
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10, err
}

// Sealing and opening 200 MB from file to file. The contestants take turns, each has the best of its rounds, and
// the memory of a process that does nothing is taken off.
func BenchmarkLargeBody(b *testing.B) {
	const size, rounds = 200_000_000, 5
	folder := b.TempDir()
	prepareContest(b, folder, size)
	for b.Loop() {
		results := map[string]measured{}
		for range rounds {
			for _, direction := range []string{"seal", "open"} {
				for _, c := range contestants {
					name := direction + " " + c.name
					results[name] = better(results[name], startContestant(b, c.name, direction, folder))
				}
			}
		}
		reportContest(b, results, size)
	}
}

func prepareContest(b *testing.B, folder string, size int) {
	b.Helper()
	key := recipient()
	raw, err := json.Marshal(key)
	if err != nil {
		b.Fatal(err)
	}
	plain := bytes.Repeat(plain(1000), size/1000)
	for name, content := range map[string][]byte{"key": raw, "plain": plain} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	if err := sealStreaming(key.Public, filepath.Join(folder, "plain"), filepath.Join(folder, "sealed")); err != nil {
		b.Fatal(err)
	}
}

func startContestant(b *testing.B, name, direction, folder string) measured {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s", contestEnv, name, direction, folder))
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		b.Fatalf("%s %s: %v", name, direction, err)
	}
	var result measured
	if err := json.Unmarshal(out, &result); err != nil {
		b.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "out")); err != nil && name != "idle" {
		b.Fatal(err)
	}
	return result
}

// better has the shorter times and the higher peak of two runs.
func better(a, b measured) measured {
	if a.Seconds == 0 {
		return b
	}
	return measured{Seconds: min(a.Seconds, b.Seconds), CPU: min(a.CPU, b.CPU), Peak: max(a.Peak, b.Peak)}
}

func reportContest(b *testing.B, results map[string]measured, size float64) {
	b.Helper()
	var table strings.Builder
	columns := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(columns, "\tMB/s\tx go-jose\tx jwx\tCPU s\tpeak MiB\t")
	for _, direction := range []string{"seal", "open"} {
		for _, c := range contestants[1:] {
			result := results[direction+" "+c.name]
			over := func(other string) float64 { return results[direction+" "+other].Seconds / result.Seconds }
			peak := float64(result.Peak-results[direction+" idle"].Peak) / (1 << 20)
			fmt.Fprintf(columns, "%s %s\t%.0f\t%.1f\t%.1f\t%.2f\t%.1f\t\n",
				direction, c.name, size/1e6/result.Seconds, over("go-jose"), over("jwx"), result.CPU, peak)
			if c.name == "vierkant" {
				b.ReportMetric(over("go-jose"), direction+"_x_gojose")
				b.ReportMetric(peak, direction+"_peak_MiB")
			}
		}
	}
	_ = columns.Flush()
	b.Log("\n" + table.String())
}
