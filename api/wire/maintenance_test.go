package wire_test

import (
	"testing"
	"time"

	"github.com/vierkant/vierkant/api/wire"
)

func TestMaintenanceHeader(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for want, m := range map[string]wire.Maintenance{
		`from=@1767600000, until=@1767603600`: {From: from, Until: from.Add(time.Hour)},
		`from=@1767600000, until=@1767603600, read-only, text=%"100%25, %22f%c3%bcr%22 alle"`: {
			From: from, Until: from.Add(time.Hour), ReadOnly: true, Text: `100%, "für" alle`,
		},
	} {
		if got := m.Header(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, ok := wire.ReadMaintenance(want); !ok || got != m {
			t.Errorf("%s: got %+v, %v", want, got, ok)
		}
	}
	for _, bad := range []string{"", "from=@1", "from=@2, until=@1", "from=1, until=2", "from=@1, until=@99999999999999", "until=@x", `"`, `from=@1, until="`} {
		if got, ok := wire.ReadMaintenance(bad); ok {
			t.Errorf("%q: got %+v", bad, got)
		}
	}
}

// What a service of somebody else sends breaks nothing.
func FuzzReadMaintenance(f *testing.F) {
	f.Add(`from=@1, until=@2, read-only=?0, text=%"a%c3%bc, b"`)
	f.Add(`text=%"%`)
	f.Fuzz(func(t *testing.T, header string) {
		m, ok := wire.ReadMaintenance(header)
		if !ok {
			return
		}
		if again, ok := wire.ReadMaintenance(m.Header()); !ok || again != m {
			t.Errorf("%q: got %+v, and %+v of its own header", header, m, again)
		}
	})
}
