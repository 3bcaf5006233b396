package client

import (
	"context"
	"io"
)

// heeding reads until its context has ended: for passes over large files, which nothing else would interrupt.
type heeding struct {
	ctx context.Context
	io.Reader
}

func (h heeding) Read(p []byte) (int, error) {
	if err := h.ctx.Err(); err != nil {
		return 0, err
	}
	return h.Reader.Read(p)
}
