package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Input is what a [Program] reads from its standard input.
type Input int

const (
	// InputDocument is one JSON document with everything but the attachments, of which it has the paths; see [Document].
	InputDocument Input = iota
	// InputData is the data as they were sent, byte for byte.
	InputData
)

// Exit statuses of a program, from sysexits.h; 0 accepts.
const (
	ExitReject = 65 // EX_DATAERR: reject, for the reasons on standard output
	ExitLater  = 75 // EX_TEMPFAIL: ask again later, as after every other status
)

const (
	maxOutput      = 64 << 10 // bytes of standard output, and of standard error
	defaultTimeout = 10 * time.Minute
	pipeGrace      = 2 * time.Second // for pipes that somebody still holds
)

// Program returns a [Config.Handle] that runs a program for each submission, with the folder where it is saved as last argument.
//
// The environment is that of the receiver without its VIERKANT_ variables, and with VIERKANT_SUBMISSION, VIERKANT_CASE,
// VIERKANT_DESTINATION, VIERKANT_SERVICE, VIERKANT_REGION, VIERKANT_FORWARDED ("true" if it was forwarded before), VIERKANT_FOLDER,
// VIERKANT_DATA (path of the data, "" if there are none) and VIERKANT_DATA_TYPE (their media type). Exit status 0 accepts. 65
// rejects with the problems that standard output holds: a JSON object {"code","instance","detail"} or an array of them, where the code is
// one of [client.Code], the instance "metadata", "data", "attachment:<id>" or "other" (also if it is absent), and the detail must not
// repeat the content. Without output, or with an empty array, it rejects with a technical error. Everything else means later: output
// that cannot be read, a code or instance that the contract does not know, status 75 and all others, signals, and not ending in time
// (0 is 10 minutes).
//
// The program runs in a process group of its own, which is killed when the time is over or the receiver stops: whatever it
// does must bear that, and must bear to be done again. What it leaves running in that group is killed when it ends. What it writes to standard error goes to log, at most 64 KiB.
//
// It is never run twice at a time for one submission, also not if the receiver was killed and the program lives on: its descriptor 3
// is the folder, locked (flock(2)) for as long as any process has it. Until then it is later.
func Program(argv []string, input Input, timeout time.Duration, log *slog.Logger) func(context.Context, Received) Decision {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	p := program{argv, input, timeout, log}
	return p.handle
}

type program struct {
	argv    []string
	input   Input
	timeout time.Duration
	log     *slog.Logger
}

func (p program) handle(ctx context.Context, r Received) Decision {
	if len(p.argv) == 0 {
		return Later(errors.New("no program to run"))
	}
	lock, err := lockSaved(ctx, r.Folder)
	if err != nil {
		return Later(err)
	}
	defer lock.Close()
	in, err := p.stdin(r)
	if err != nil {
		return Later(fmt.Errorf("input of %s: %w", p.argv[0], err))
	}
	log := p.log.With("submission", r.SubmissionID, "program", p.argv[0])
	out := &bounded{most: maxOutput}
	says := &lines{log: log, bounded: bounded{most: maxOutput}}
	status, err := p.run(ctx, r, lock, streams{in, out, says})
	says.flush()
	if err != nil {
		return Later(fmt.Errorf("%s: %w", p.argv[0], err))
	}
	switch status {
	case 0:
		return Accept()
	case ExitReject:
		return rejection(out)
	}
	return Later(fmt.Errorf("%s: exit status %d", p.argv[0], status))
}

// streams are the standard ones of a program.
type streams struct {
	in        io.Reader
	out, says io.Writer
}

// run returns the exit status, or an error if the program did not end by itself.
func (p program) run(ctx context.Context, r Received, lock *os.File, s streams) (int, error) {
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	cmd := exec.CommandContext(limited, p.argv[0], append(p.argv[1:len(p.argv):len(p.argv)], r.Folder)...)
	cmd.Env = environment(r)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.in, s.out, s.says
	cmd.ExtraFiles = []*os.File{lock} // the lock outlives this process if the program does
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = pipeGrace
	err := cmd.Run()
	if cmd.Process != nil {
		_ = cmd.Cancel() // what it left behind
	}
	switch {
	case ctx.Err() != nil:
		return 0, fmt.Errorf("stopped: %w", ctx.Err())
	case limited.Err() != nil:
		return 0, fmt.Errorf("killed after %s", p.timeout)
	case cmd.ProcessState == nil: // it did not start
		return 0, err
	case !cmd.ProcessState.Exited():
		return 0, fmt.Errorf("ended by %s", cmd.ProcessState)
	}
	return cmd.ProcessState.ExitCode(), nil
}

// environment is this process's own without what may be secrets of the receiver, and what the program has to know.
func environment(r Received) []string {
	const prefix = "VIERKANT_"
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, prefix) {
			env = append(env, variable)
		}
	}
	for name, value := range map[string]string{
		"SUBMISSION": string(r.SubmissionID), "CASE": string(r.CaseID), "DESTINATION": string(r.DestinationID),
		"SERVICE": r.Submission.Service, "REGION": r.Submission.Region, "FORWARDED": fmt.Sprint(r.Forwarded), "FOLDER": r.Folder,
		"DATA": dataPath(r), "DATA_TYPE": r.Submission.Data.MIMEType,
	} {
		env = append(env, prefix+name+"="+value)
	}
	return env
}

func (p program) stdin(r Received) (io.Reader, error) {
	if p.input == InputData {
		return bytes.NewReader(r.Submission.Data.Content), nil
	}
	raw, err := NewDocument(r).bytes()
	return bytes.NewReader(raw), err
}

// bounded keeps the beginning of what is written to it, and takes the rest without complaint: a writer that is stopped would
// end as if the program were to blame.
type bounded struct {
	most    int
	kept    []byte
	dropped bool
}

func (b *bounded) Write(p []byte) (int, error) {
	room := min(len(p), b.most-len(b.kept))
	b.kept = append(b.kept, p[:room]...)
	b.dropped = b.dropped || room < len(p)
	return len(p), nil
}

// lines writes what comes in to a log, line by line.
type lines struct {
	log *slog.Logger
	bounded
	written int // bytes of kept that were logged
}

const maxLine = 1 << 10 // bytes of a line in the log

func (l *lines) Write(p []byte) (int, error) {
	n, err := l.bounded.Write(p)
	for {
		line, _, whole := bytes.Cut(l.kept[l.written:], []byte("\n"))
		if !whole {
			return n, err
		}
		l.say(line)
		l.written += len(line) + 1
	}
}

// flush writes the line that did not end.
func (l *lines) flush() {
	if l.written < len(l.kept) {
		l.say(l.kept[l.written:])
	}
	if l.dropped {
		l.log.Warn("the program wrote more than is logged", "bytes", l.most)
	}
}

func (l *lines) say(line []byte) {
	text := strings.ToValidUTF8(string(line[:min(len(line), maxLine)]), "�")
	if text = strings.TrimSpace(text); text != "" {
		l.log.Info("the program says", "text", text)
	}
}
