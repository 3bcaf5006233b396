package main

import (
	"strings"
	"testing"
	"time"
)

func TestWarnOfAge(t *testing.T) {
	t.Parallel()
	issued := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for age, want := range map[time.Duration]string{
		-time.Hour: "", 0: "", 48 * time.Hour: "", 48*time.Hour + 1: "Warning: f is of 2026-03-01T12:00:00Z, 2 days old: routes may have changed since.\n",
		1000 * time.Hour: "Warning: f is of 2026-03-01T12:00:00Z, 41 days old: routes may have changed since.\n",
	} {
		var got strings.Builder
		if warnOfAge(&got, "f", issued, issued.Add(age)); got.String() != want {
			t.Errorf("after %v: got %q, want %q", age, got.String(), want)
		}
	}
}
