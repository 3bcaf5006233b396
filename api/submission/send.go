package submission

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/broker"
)

// piece is some bytes of an answer whose length is known before they are read.
type piece struct {
	io.Reader
	size int64
}

func text(s string) piece { return piece{strings.NewReader(s), int64(len(s))} }

// send writes what was fetched: its JSON, with the sealed parts copied into it as they are, since the alphabet of a JWE needs no
// escaping. The length is known in advance, so a copy that breaks is seen as broken by the client.
func send(c echo.Context, view any, f broker.Fetched) error {
	front, err := json.Marshal(view)
	if err != nil {
		return err
	}
	pieces := []piece{
		text(strings.TrimSuffix(string(front), "}") + `,"encryptedMetadata":"`),
		{f.Metadata, f.Submission.Metadata.Body.Size},
	}
	if f.Data != nil {
		pieces = append(pieces, text(`","encryptedData":"`), piece{f.Data, f.Submission.Data.Body.Size})
	}
	return write(c, append(pieces, text(`"}`)))
}

func write(c echo.Context, pieces []piece) error {
	var length int64
	for _, p := range pieces {
		length += p.size
	}
	h := c.Response().Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	c.Response().WriteHeader(http.StatusOK)
	for _, p := range pieces {
		if _, err := io.Copy(c.Response().Writer, p.Reader); err != nil {
			return err
		}
	}
	return nil
}
