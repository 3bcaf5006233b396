package outbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/vierkant/vierkant/broker/guard"
)

// atEase is how long the body of an answer may take once its status is known.
const atEase = time.Second

// Answer is what a receiver answered.
type Answer struct {
	Status     int
	RetryAfter time.Duration // how long it asks to be left alone (RFC 9110 10.2.3); zero if it does not
}

// Post returns the Config.Post that posts with the client, which package guard made. Its errors do not contain the URL.
func Post(client *http.Client) func(ctx context.Context, url string, header http.Header, body []byte) (Answer, error) {
	return func(ctx context.Context, url string, header http.Header, body []byte) (Answer, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return Answer{}, guard.WithoutURL(err)
		}
		request.Header = header
		response, err := client.Do(request)
		if err != nil {
			return Answer{}, guard.WithoutURL(err)
		}
		defer response.Body.Close()
		// Nobody wants to know what it says, but a connection is used again only when its answer was read to the end. The guard bounds
		// how much is read, and this how long: the status is the answer.
		defer time.AfterFunc(atEase, cancel).Stop()
		_, _ = io.Copy(io.Discard, response.Body)
		return Answer{Status: response.StatusCode, RetryAfter: retryAfter(response.Header, time.Now())}, nil
	}
}

// retryAfter reads the header of RFC 9110 10.2.3, seconds or a date. What cannot be read was not said.
func retryAfter(h http.Header, now time.Time) time.Duration {
	said := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(said, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(said); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
