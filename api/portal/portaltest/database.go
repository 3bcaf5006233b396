package portaltest

import (
	"os"
	"testing"

	"github.com/vierkant/vierkant/broker/postgres/pgtest"
	"github.com/vierkant/vierkant/cmd/node"
)

// OnEitherStore runs a test of pages with a node on files, and with one on PostgreSQL; change is what Start needs for that.
func OnEitherStore(t *testing.T, test func(t *testing.T, change func(*node.Config))) {
	t.Parallel()
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		test(t, func(*node.Config) {})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, onDatabase(t))
	})
}

// onDatabase has a node keep its data in a temporary database. It begins without any, so it makes its keys.
func onDatabase(t *testing.T) func(*node.Config) {
	t.Helper()
	dsn := pgtest.Start(t)
	data, err := os.MkdirTemp("", "vk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(data) })
	return func(c *node.Config) {
		c.Data, c.Database, c.Volatile = data, dsn, true
		if err := node.Migrate(t.Context(), *c); err != nil {
			t.Fatal(err)
		}
	}
}
