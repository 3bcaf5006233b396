package testenv_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vierkant/vierkant/api/wire"
)

// burstTime bounds a burst; burstSizes is how many applications are sent, at how many clients. The events of all of them have to
// be signed afterwards.
const burstTime = 5 * time.Second

var burstSizes = []struct{ clients, applications int }{{1, 400}, {16, 1000}, {mostClients, 1200}}

// bursts measures how many applications are taken at once: an announce and a submit of 10 KB each, durable when answered. The plain server
// goes first, because the broker goes on working after its burst.
func (s *stand) bursts(b *testing.B) {
	content := s.content(10 << 10)
	plain := make([]float64, len(burstSizes))
	s.burst(b, s.plain, mostClients, 100, content)
	for i, size := range burstSizes {
		plain[i] = s.burst(b, s.plain, size.clients, 4*size.applications, content)
	}
	s.burst(b, s.asSender, mostClients, 100, content)
	for i, size := range burstSizes {
		rate := s.burst(b, s.asSender, size.clients, size.applications, content)
		name := fmt.Sprintf("burst/clients=%d", size.clients)
		figure(b, name, map[string]float64{"applications/s": rate, "plain/s": plain[i], "ratio": rate / plain[i]})
		s.table.compare(fmt.Sprintf("announce + submit of 10 KB, %d clients (per second)", size.clients), "%.0f", rate, plain[i], "≥ 0.4")
	}
}

// content is the body of a submit, so many bytes of sealed metadata and data together.
func (s *stand) content(size int) []byte { return contentFor(s.sealKey, s.random, size) }

func contentFor(kid string, random *rand.ChaCha8, size int) []byte {
	metadata := sealed(kid, random, 2<<10)
	return asJSON(wire.Submit{EncryptedMetadata: string(metadata), EncryptedData: string(sealed(kid, random, size-len(metadata)))})
}

// burst sends so many applications as fast as the clients can, and returns how many there were per second.
func (s *stand) burst(b *testing.B, to caller, clients, applications int, content []byte) float64 {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), burstTime)
	defer cancel()
	var (
		team        errgroup.Group
		begun, sent atomic.Int64
	)
	start := time.Now()
	for range clients {
		team.Go(func() error {
			for begun.Add(1) <= int64(applications) && ctx.Err() == nil {
				if err := s.send(b.Context(), to, content); err != nil {
					return err
				}
				sent.Add(1)
			}
			return nil
		})
	}
	if err := team.Wait(); err != nil {
		b.Fatal(err)
	}
	return float64(sent.Load()) / time.Since(start).Seconds()
}

// send sends one application: announce and submit.
func (s *stand) send(ctx context.Context, to caller, content []byte) error {
	ref, err := to.announce(ctx, s.at)
	if err != nil {
		return err
	}
	_, err = to.call(ctx, http.MethodPut, "/submissions/"+ref.SubmissionID, jsonType, bytes.NewReader(content), http.StatusOK)
	return err
}
