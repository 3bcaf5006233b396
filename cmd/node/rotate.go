package node

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/vierkant/vierkant/broker"
)

// KeyDescription is a key of the broker as an operator reads it.
type KeyDescription struct {
	Use     broker.KeyUse   `json:"use"`
	KID     string          `json:"kid"`
	State   broker.KeyState `json:"state"`
	Created time.Time       `json:"created"`
	Changed time.Time       `json:"changed"`
}

func describeKeys(all []broker.ServiceKey) []KeyDescription {
	described := make([]KeyDescription, len(all))
	for i, k := range all {
		described[i] = KeyDescription{k.Use, k.KID, k.State, k.Created.UTC(), k.Changed.UTC()}
	}
	return described
}

// RotateKeys moves the broker's keys of a use on, in the running node of the data folder if there is one, else in its store.
func RotateKeys(ctx context.Context, cfg Config, use string) ([]KeyDescription, error) {
	operator, err := Reach(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer operator.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, OperatorURL+"/keys/rotate?use="+url.QueryEscape(use), nil)
	if err != nil {
		return nil, err
	}
	answer, err := operator.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return readRotation(answer)
}

func readRotation(answer *http.Response) ([]KeyDescription, error) {
	if answer.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(answer.Body, 1024))
		return nil, errors.Join(errors.New(string(text)), err)
	}
	var keys []KeyDescription
	return keys, json.NewDecoder(answer.Body).Decode(&keys)
}

// rotate is POST /keys/rotate. In a node that is stopped, nobody makes next keys in the background: they are made here.
func (n *Node) rotate(w http.ResponseWriter, r *http.Request) {
	use := broker.KeyUse(r.URL.Query().Get("use"))
	var err error
	if n.stopWork == nil {
		err = n.keyring.Prepare(r.Context())
	}
	if err == nil {
		err = n.keyring.Rotate(r.Context(), use)
	}
	if err != nil {
		http.Error(w, detail(err), http.StatusConflict)
		return
	}
	n.log.Info("key rotated", "use", use)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(describeKeys(n.keyring.All(use)))
}
