package node_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/vierkant/vierkant/cmd/node"
)

// firstData are data that a node made at its first start, which takes seconds, because it makes keys.
var firstData = sync.OnceValues(func() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "vk"); err != nil {
		return "", err
	}
	n, err := node.Open(context.Background(), node.Config{Environment: environment("test"), Data: folder, Listen: "127.0.0.1:0", Log: quiet()})
	if err != nil {
		return "", err
	}
	return folder, n.Stop(context.Background())
})

// madeConfig is config with data that were made before.
func madeConfig(t testing.TB) node.Config {
	t.Helper()
	from, err := firstData()
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t)
	if err := os.Remove(cfg.Data); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(cfg.Data, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(cfg.Data, "key"), 0o600); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestMain(m *testing.M) {
	status := m.Run()
	if folder, err := firstData(); err == nil {
		os.RemoveAll(folder)
	}
	os.Exit(status)
}
