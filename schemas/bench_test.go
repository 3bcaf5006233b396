package schemas_test

import (
	"testing"

	"github.com/vierkant/vierkant/schemas"
)

func BenchmarkMetadata(b *testing.B) {
	benchmark(b, "metadata-2.1.0.json", (*schemas.Registry).Metadata)
}

func BenchmarkSETPayload(b *testing.B) {
	benchmark(b, "set-payload.json", (*schemas.Registry).SETPayload)
}

func benchmark(b *testing.B, file string, validate func(*schemas.Registry, []byte) error) {
	r, document := newRegistry(b), encode(b, full(b, file))
	b.SetBytes(int64(len(document)))
	b.ReportAllocs()
	for b.Loop() {
		if err := validate(r, document); err != nil {
			b.Fatal(err)
		}
	}
}
