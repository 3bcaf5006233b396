package bolt

import (
	"path/filepath"
	"testing"

	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/storetest"
)

func FuzzStore(f *testing.F) {
	storetest.FuzzStore(f, func(t testing.TB, dir string) broker.Store { return open(t, filepath.Join(dir, "broker.db")) })
}
