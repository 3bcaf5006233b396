package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"syscall"
	"time"

	"github.com/vierkant/vierkant/broker/backup"
)

// Manifest describes a backup, and BackupStep is how far something is that is done with one.
type (
	Manifest   = backup.Manifest
	BackupStep = backup.Step
)

// BackupOrder is what an operator orders.
type BackupOrder struct {
	Target  string `json:"target"`         // absolute path
	WithKey bool   `json:"withKey"`        // the key file comes along
	Rate    int64  `json:"rate,omitempty"` // bytes per second; 0: as fast as it goes
}

// backupLine is what the node tells of a backup, a line of JSON each: how far it is, and last what came of it.
type backupLine struct {
	Step  *BackupStep `json:"step,omitempty"`
	Done  *Manifest   `json:"done,omitempty"`
	Error string      `json:"error,omitempty"`
	Full  bool        `json:"full,omitempty"` // the disk is
}

// Backup makes a backup of an environment with an embedded store, of the running node of the data folder if there is one, which serves on. Who ends
// ctx ends the backup.
func Backup(ctx context.Context, cfg Config, order BackupOrder, report func(BackupStep)) (m Manifest, err error) {
	if cfg.Database != "" {
		return m, &DatabaseError{cfg.keyPath()}
	}
	if order.Target, err = filepath.Abs(order.Target); err != nil {
		return m, err
	}
	if operator := reachRunning(ctx, cfg); operator != nil {
		m, err = orderBackup(ctx, operator, order, report)
		return m, errors.Join(err, operator.Close())
	}
	return backUpStopped(ctx, cfg, order, report)
}

// backUpStopped opens nothing but the data: a backup has to be possible of what cannot be served, too.
func backUpStopped(ctx context.Context, cfg Config, order BackupOrder, report func(BackupStep)) (m Manifest, err error) {
	if err := errors.Join(cfg.Check(), cfg.wasServed()); err != nil {
		return m, err
	}
	n := &Node{cfg: cfg}
	if err := n.openData(ctx); err != nil {
		return m, errors.Join(err, n.close())
	}
	defer func() { err = errors.Join(err, n.close()) }()
	if report == nil {
		report = func(BackupStep) {}
	}
	return n.makeBackup(ctx, order, report)
}

func orderBackup(ctx context.Context, operator *Operator, order BackupOrder, report func(BackupStep)) (m Manifest, err error) {
	body, err := json.Marshal(order)
	if err != nil {
		return m, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, OperatorURL+"/backup", bytes.NewReader(body))
	if err != nil {
		return m, err
	}
	answer, err := operator.HTTP.Do(request)
	if err != nil {
		return m, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(answer.Body, 1024))
		return m, errors.Join(errors.New(string(bytes.TrimSpace(text))), err)
	}
	return readBackup(ctx, answer.Body, report)
}

// DatabaseError is asking for a backup of an environment whose data are in a database, which is not ours to copy.
type DatabaseError struct{ KeyFile string }

// Error implements error.
func (e *DatabaseError) Error() string {
	return "the data are in a PostgreSQL database, bodies included, which has backups of its own"
}

func readBackup(ctx context.Context, from io.Reader, report func(BackupStep)) (Manifest, error) {
	for lines := json.NewDecoder(from); ; {
		var line backupLine
		switch err := lines.Decode(&line); {
		case ctx.Err() != nil:
			return Manifest{}, ctx.Err()
		case err != nil:
			return Manifest{}, fmt.Errorf("the node ended before the backup was finished: %w", err)
		case line.Full:
			return Manifest{}, &fullError{line.Error}
		case line.Error != "":
			return Manifest{}, errors.New(line.Error)
		case line.Done != nil:
			return *line.Done, nil
		case line.Step != nil && report != nil:
			report(*line.Step)
		}
	}
}

// fullError is what another process says of a disk that is full.
type fullError struct{ text string }

// Error implements error.
func (e *fullError) Error() string { return e.text }

// Unwrap returns what the other process wrapped.
func (e *fullError) Unwrap() error { return syscall.ENOSPC }

// told is how often a node tells how far a backup is.
const told = 200 * time.Millisecond

// backUp is POST /backup. It ends with its caller, and with the node.
func (n *Node) backUp(w http.ResponseWriter, r *http.Request) {
	var order BackupOrder
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil || !filepath.IsAbs(order.Target) {
		http.Error(w, "a backup needs the absolute path of its target", http.StatusBadRequest)
		return
	}
	if n.store.backup == nil {
		http.Error(w, "this node keeps its data in a database", http.StatusConflict)
		return
	}
	ctx, end := context.WithCancelCause(r.Context())
	defer end(nil)
	go func() {
		select {
		case <-n.stopping:
			end(errors.New("the node is being stopped, which ends the backup"))
		case <-ctx.Done():
		}
	}()
	w.Header().Set("Content-Type", "application/jsonl")
	tell := teller(w)
	m, err := n.makeBackup(ctx, order, seldom(func(s BackupStep) { tell(backupLine{Step: &s}) }))
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		n.log.Error("the backup failed", "target", order.Target, "error", err)
		tell(backupLine{Error: err.Error(), Full: errors.Is(err, syscall.ENOSPC)})
		return
	}
	n.log.Info("backup made", "target", order.Target, "moment", m.Moment, "bytes", m.StoreBytes+m.BlobBytes)
	tell(backupLine{Done: &m})
}

// teller writes lines that arrive at once.
func teller(w http.ResponseWriter) func(backupLine) {
	lines, control := json.NewEncoder(w), http.NewResponseController(w)
	return func(line backupLine) {
		if lines.Encode(line) == nil {
			_ = control.Flush() // who does not read any more ends the backup
		}
	}
}

// seldom passes on what is worth telling over a connection.
func seldom(report func(BackupStep)) func(BackupStep) {
	var last time.Time
	return func(s BackupStep) {
		if now := time.Now(); now.Sub(last) >= told {
			last = now
			report(s)
		}
	}
}

func (n *Node) makeBackup(ctx context.Context, order BackupOrder, report func(BackupStep)) (Manifest, error) {
	url, err := n.cfg.configuredURL()
	if n.public != "" {
		url, err = n.public, nil
	}
	if err != nil {
		return Manifest{}, err
	}
	cfg := backup.Config{
		Wrapper: n.wrapper, Rate: order.Rate, Report: report,
		About: backup.About{Environment: n.cfg.Environment.Name, Demo: n.cfg.Demo, PublicURL: url},
	}
	if order.WithKey {
		cfg.KeyFile = n.cfg.keyPath()
	}
	return n.store.backup(ctx, order.Target, cfg)
}
