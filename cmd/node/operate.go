package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxAsked bounds what an operator's command sends.
const maxAsked = 64 << 10

// answering makes a handler for the operator's socket of what returns a value to show. An error is a sentence for the operator, who did or
// may do something about it.
func answering(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, err := do(r)
		if err != nil {
			http.Error(w, detail(err), http.StatusConflict)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(value)
	}
}

// readBody reads what a command of this program sends; a member that is not known comes from another version of it.
func readBody[T any](r *http.Request) (asked T, err error) {
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxAsked))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return asked, fmt.Errorf("this node does not understand the command, which may be of another version: %w", err)
	}
	return asked, nil
}

// Call asks the node for something that only its operator can, and reads the answer into out; nil: there is none to read.
func (o *Operator) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, OperatorURL+path, body)
	if err != nil {
		return err
	}
	answer, err := o.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("the node: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return errors.New("the node does not know this command: it runs another version of the program")
	}
	if answer.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
		return errors.Join(errors.New(strings.TrimSpace(string(text))), err)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(out)
}
