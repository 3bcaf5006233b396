package layers_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const securityFile = "SECURITY.md"

// asked is how many requirements of levels 1 and 2 each section of OWASP ASVS 5.0.0 begins with; those of level 3 come last in each.
func asked() map[string]int {
	return map[string]int{
		"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2,
		"3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3,
		"5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3,
		"7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3,
		"9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3,
		"11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2,
		"13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4,
		"16.4": 3, "16.5": 3,
	}
}

// TestSecurityTable holds the table of security requirements against the code: what it says that shows something has to be there, and nothing that is asked for may be
// left out.
func TestSecurityTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(securityFile)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| V(\d+\.\d+\.\d+) \|(.*)\|$`).FindAllStringSubmatch(string(text), -1) {
		if seen[row[1]] {
			t.Errorf("V%s stands there twice", row[1])
		}
		seen[row[1]] = true
		for _, named := range regexp.MustCompile("`([a-z/0-9]+) (Test[A-Za-z0-9]+)`").FindAllStringSubmatch(row[2], -1) {
			if !hasTest(t, named[1], named[2]) {
				t.Errorf("V%s: there is no %s in %s", row[1], named[2], named[1])
			}
		}
	}
	for section, count := range asked() {
		for n := 1; n <= count; n++ {
			id := fmt.Sprintf("%s.%d", section, n)
			if !seen[id] {
				t.Errorf("V%s is in no table", id)
			}
			delete(seen, id)
		}
	}
	for id := range seen {
		t.Errorf("V%s is no requirement of level 1 or 2", id)
	}
}

// TestScriptsWriteNoMarkup: what a script of a page shows is text, whatever is in it.
func TestScriptsWriteNoMarkup(t *testing.T) {
	t.Parallel()
	writes := regexp.MustCompile(`\.(innerHTML|outerHTML|srcdoc)\b|insertAdjacentHTML|createContextualFragment|document\.write|\beval\(|new Function`)
	scripts := 0
	err := fs.WalkDir(os.DirFS("api/portal"), ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == "node_modules" {
			return cmp.Or(err, fs.SkipDir)
		}
		if !strings.HasSuffix(at, ".js") {
			return nil
		}
		scripts++
		text, err := os.ReadFile(filepath.Join("api/portal", at))
		if found := writes.Find(text); found != nil {
			t.Errorf("%s has %s", at, found)
		}
		return err
	})
	if err != nil || scripts == 0 {
		t.Errorf("%d scripts, %v", scripts, err)
	}
}

// hasTest reports whether a package has a test of a name.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "func "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}
