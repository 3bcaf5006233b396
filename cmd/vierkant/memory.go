package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
)

// The program's memory, in bytes, where nobody said otherwise, and the least with which it can do its work: large bodies alone may
// take 128 MiB.
const (
	defaultMemory = 1 << 30
	leastMemory   = 256 << 20
)

// growth is by how many percent the heap may grow between two collections. What is in use is some ten MiB, so that the usual 100
// would collect a hundred times a second under load; the limit takes over long before this costs memory that matters.
const growth = 400

// limitMemory makes the garbage collector work harder before the program takes more than so many bytes, and less often below. It is a goal, no
// promise: what is in use stays. The environment variables GOMEMLIMIT and GOGC, which the runtime reads itself, go first.
func limitMemory(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
}

// parseMemory reads a size as GOMEMLIMIT has it: whole MiB or GiB. Empty is the default.
func parseMemory(text string) (int64, error) {
	if text == "" {
		return defaultMemory, nil
	}
	bytes, err := parseSize(text)
	if err != nil {
		return 0, fmt.Errorf("memory_limit: %w", err)
	}
	if bytes < leastMemory {
		return 0, fmt.Errorf("memory_limit: %s is too little to work with: at least %dMiB", text, leastMemory>>20)
	}
	return bytes, nil
}

func parseSize(text string) (int64, error) {
	parts := regexp.MustCompile(`^([0-9]{1,9})(MiB|GiB)$`).FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q is not a size like 512MiB or 4GiB", text)
	}
	bytes, _ := strconv.ParseInt(parts[1], 10, 64)
	return bytes << map[string]int{"MiB": 20, "GiB": 30}[parts[2]], nil
}
