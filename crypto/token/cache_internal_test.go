package token

import (
	"crypto/sha256"
	"strconv"
	"testing"
)

// What the cache keeps cannot be seen from outside but in time and memory, so this test looks inside.
func TestCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	for size, bound := range map[int]int{0: 0, 1: 2, 2: 2, 3: 4, 8: 8} {
		c := newCache(size)
		inUse, used := sha256.Sum256([]byte("in use")), &checked{kid: "in use"}
		c.put(inUse, used)
		for i := range 100 {
			c.put(sha256.Sum256([]byte(strconv.Itoa(i))), &checked{})
			got, hit := c.get(inUse)
			if size > 1 && (!hit || got != used) {
				t.Fatalf("size %d: lost what is used after %d others", size, i+1)
			}
			if got := len(c.young) + len(c.old); got > bound {
				t.Fatalf("size %d: got %d entries, want at most %d", size, got, bound)
			}
		}
		if _, hit := c.get(sha256.Sum256([]byte("1"))); hit {
			t.Errorf("size %d: kept what nobody asked for", size)
		}
	}
}
