package portaltest

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"testing/fstest"

	"github.com/vierkant/vierkant/cmd/node"
)

func config(data string) node.Config {
	return node.Config{Environment: node.Environments()[0], Data: data, Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)}
}

// firstData are data that a node made at its first start, which takes seconds, because it makes keys: once for all tests of a package.
var firstData = sync.OnceValues(func() (made fstest.MapFS, err error) {
	folder, err := os.MkdirTemp("", "vk")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	n, err := node.Open(context.Background(), config(folder))
	if err != nil {
		return nil, err
	}
	if err := n.Stop(context.Background()); err != nil {
		return nil, err
	}
	made = fstest.MapFS{}
	return made, fs.WalkDir(os.DirFS(folder), ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(os.DirFS(folder), at)
		made[at] = &fstest.MapFile{Data: content, Mode: 0o600}
		return err
	})
})
