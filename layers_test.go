// Package layers_test holds the whole module against its architecture: which packages exist and import what (layers.txt), and
// a few habits that no compiler keeps (habits_test.go). Every rule is a function from code to complaints, so that its own test
// can show on a small example that it fires.
package layers_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/vierkant/vierkant"

// table is layers.txt. Names are relative to the module.
type table struct {
	layers map[string]layer
	only   []confinement
}

type layer struct {
	level   int
	imports []string
}

// confinement says where a module of others may be imported.
type confinement struct {
	module string
	where  []string
}

// listed is one package as `go list` sees it.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func (p listed) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func TestLayers(t *testing.T) {
	t.Parallel()
	layers := readTable(t)
	packages := ourPackages(t)
	complain(t, layers.upward())
	for _, p := range packages {
		complain(t, layers.unlisted(p))
		complain(t, layers.forbiddenImports(p))
		complain(t, layers.strayModules(p))
	}
	complain(t, layers.missing(packages))
}

// The suite in testenv is plain data so that the program can run it too; linking `testing` would bring its flags along.
func TestProgramDoesNotLinkTesting(t *testing.T) {
	t.Parallel()
	complain(t, linksTesting("cmd/vierkant", dependencies(t, "./cmd/vierkant")))
}

func complain(t *testing.T, complaints []string) {
	t.Helper()
	for _, complaint := range complaints {
		t.Error(complaint)
	}
}

func (tab table) unlisted(p listed) []string {
	if _, ok := tab.layers[p.name()]; ok {
		return nil
	}
	return []string{fmt.Sprintf("package %s is not in layers.txt: give it a level there, or move its code to a package that is", p.name())}
}

func (tab table) missing(packages []listed) []string {
	var complaints []string
	for _, name := range sortedNames(tab.layers) {
		if !slices.ContainsFunc(packages, func(p listed) bool { return p.name() == name }) {
			complaints = append(complaints, fmt.Sprintf("layers.txt lists package %s, which does not exist", name))
		}
	}
	return complaints
}

// upward complains about lines of the table itself that allow an import from above, or from nowhere.
func (tab table) upward() []string {
	var complaints []string
	for _, name := range sortedNames(tab.layers) {
		for _, below := range tab.layers[name].imports {
			target, ok := tab.layers[below]
			switch {
			case !ok:
				complaints = append(complaints, fmt.Sprintf("layers.txt lets %s import %s, which it does not list", name, below))
			case target.level > tab.layers[name].level:
				complaints = append(complaints, fmt.Sprintf("layers.txt lets %s (level %d) import %s (level %d): imports go down only",
					name, tab.layers[name].level, below, target.level))
			}
		}
	}
	return complaints
}

func (tab table) forbiddenImports(p listed) []string {
	var complaints []string
	for _, path := range p.Imports {
		target, ours := strings.CutPrefix(path, module+"/")
		if ours && !slices.Contains(tab.layers[p.name()].imports, target) {
			complaints = append(complaints, fmt.Sprintf("%s imports %s, which its line in layers.txt does not allow", p.name(), target))
		}
	}
	return complaints
}

func (tab table) strayModules(p listed) []string {
	var complaints []string
	for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		for _, rule := range tab.only {
			if within(path, rule.module) && !rule.allows(p.name()) {
				complaints = append(complaints, fmt.Sprintf("%s imports %s, which only %s may", p.name(), path, strings.Join(rule.where, ", ")))
			}
		}
	}
	slices.Sort(complaints)
	return slices.Compact(complaints)
}

func (c confinement) allows(name string) bool {
	return slices.ContainsFunc(c.where, func(place string) bool {
		folder, tree := strings.CutSuffix(place, "/...")
		return name == folder || tree && within(name, folder)
	})
}

// within tells whether path is root or lies below it.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func linksTesting(name string, dependencies []string) []string {
	var complaints []string
	for _, path := range dependencies {
		if within(path, "testing") {
			complaints = append(complaints, fmt.Sprintf("%s links %s: what it shares with tests must not import it", name, path))
		}
	}
	return complaints
}

func sortedNames(layers map[string]layer) []string {
	var names []string
	for name := range layers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func readTable(t *testing.T) table {
	t.Helper()
	text, err := os.ReadFile("layers.txt")
	if err != nil {
		t.Fatal(err)
	}
	tab, err := parseTable(string(text))
	if err != nil {
		t.Fatalf("layers.txt: %v", err)
	}
	return tab
}

func parseTable(text string) (table, error) {
	tab := table{layers: map[string]layer{}}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := tab.add(words); err != nil {
			return table{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return tab, nil
}

func (tab *table) add(words []string) error {
	switch {
	case words[0] == "only" && len(words) > 2:
		tab.only = append(tab.only, confinement{module: words[1], where: words[2:]})
		return nil
	case words[0] == "level" && len(words) > 2:
		level, err := strconv.Atoi(strings.TrimSuffix(words[1], ":"))
		if _, twice := tab.layers[words[2]]; err != nil || twice {
			return fmt.Errorf("must have a number for a level and each package once: %s", strings.Join(words, " "))
		}
		tab.layers[words[2]] = layer{level: level, imports: words[3:]}
		return nil
	}
	return fmt.Errorf(`must begin with "level N: NAME" or "only MODULE NAME": %s`, strings.Join(words, " "))
}

func ourPackages(t *testing.T) []listed {
	t.Helper()
	// -e: what does not build yet is for the compiler to complain about.
	packages, err := decodeAll[listed](goList(t, "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./..."))
	if err != nil {
		t.Fatal(err)
	}
	// The root holds nothing but this test.
	return slices.DeleteFunc(packages, func(p listed) bool { return p.ImportPath == module })
}

func dependencies(t *testing.T, pattern string) []string {
	t.Helper()
	return strings.Fields(string(goList(t, "-deps", pattern)))
}

func goList(t *testing.T, arguments ...string) []byte {
	t.Helper()
	output, err := exec.Command("go", append([]string{"list"}, arguments...)...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		t.Fatalf("go list %s: %v\n%s", strings.Join(arguments, " "), err, failed.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return output
}

// decodeAll reads the objects that `go list -json` writes one after the other.
func decodeAll[T any](text []byte) ([]T, error) {
	var values []T
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var value T
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, fmt.Errorf("output of go list: %w", err)
		}
		values = append(values, value)
	}
}

// The rules above on examples: a test that cannot fail is worth nothing.

const exampleTable = `
level 0: leaf
level 1: core      leaf     # why
level 2: edge/http core
only example.org/web edge/...
only example.org/db  core`

func TestLayerRulesFire(t *testing.T) {
	t.Parallel()
	tab, err := parseTable(exampleTable)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		rule func(listed) []string
		p    listed
		want string // part of the only complaint, "" for none
	}{
		{"listed", tab.unlisted, example("core"), ""},
		{"not listed", tab.unlisted, example("util"), "package util is not in layers.txt"},
		{"allowed import", tab.forbiddenImports, example("core", module+"/leaf", "fmt", "example.org/any"), ""},
		{"import of a neighbour", tab.forbiddenImports, example("edge/http", module+"/leaf"), "edge/http imports leaf"},
		{"import from above", tab.forbiddenImports, example("leaf", module+"/core"), "leaf imports core"},
		{"module where it may be", tab.strayModules, example("edge/http", "example.org/web/v4"), ""},
		{"module in a stranger", tab.strayModules, example("core", "example.org/web/v4/middleware"), "which only edge/... may"},
		{"module of a similar name", tab.strayModules, example("core", "example.org/website"), ""},
		{"module below its only package", tab.strayModules, example("core/sub", "example.org/db"), "which only core may"},
		{"module in a test", tab.strayModules, listed{ImportPath: module + "/leaf", XTestImports: []string{"example.org/db"}}, "leaf imports example.org/db"},
	}
	for _, test := range tests {
		checkComplaints(t, test.name, test.rule(test.p), test.want)
	}
	checkComplaints(t, "missing", tab.missing([]listed{example("leaf"), example("core")}), "lists package edge/http, which does not exist")
	checkComplaints(t, "links testing", linksTesting("x", []string{"fmt", "testing/fstest"}), "x links testing/fstest")
	checkComplaints(t, "links no testing", linksTesting("x", []string{"fmt", "example.org/testing"}), "")
}

func TestTableRulesFire(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{exampleTable, ""},
		{"level 0: leaf core\nlevel 1: core", "leaf (level 0) import core (level 1): imports go down only"},
		{"level 0: leaf gone", "lets leaf import gone, which it does not list"},
	}
	for _, test := range tests {
		tab, err := parseTable(test.text)
		if err != nil {
			t.Fatal(err)
		}
		checkComplaints(t, test.text, tab.upward(), test.want)
	}
	for _, text := range []string{"level one: leaf", "level 0: leaf\nlevel 1: leaf", "leaf", "only example.org/web", "level 0:"} {
		if _, err := parseTable(text); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}

func example(name string, imports ...string) listed {
	return listed{ImportPath: module + "/" + name, Imports: imports}
}

func checkComplaints(t *testing.T, name string, got []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("%s: got complaints %q, want none", name, got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0], want)):
		t.Errorf("%s: got complaints %q, want one with %q", name, got, want)
	}
}
