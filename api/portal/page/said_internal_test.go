package page

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Why a callback failed is what makers of receivers read most, so every reason that the outbox gives has its German.
func TestReasonsOfCallbacksAreToldInGerman(t *testing.T) {
	t.Parallel()
	german, err := readSaid()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../../../broker/outbox/reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		answer, returns := n.(*ast.ReturnStmt)
		if !returns || len(answer.Results) != 1 {
			return true
		}
		text, literal := answer.Results[0].(*ast.BasicLit)
		if !literal {
			return true
		}
		reason, err := strconv.Unquote(text.Value)
		if seen++; err != nil || german[reason] == "" {
			t.Errorf("%s is not in %s, %v", text.Value, saidFile, err)
		}
		return true
	})
	if seen < 10 {
		t.Errorf("only %d reasons were found", seen)
	}
}

// Findings about an installation are said on the page of operators. What is to be typed is the same in all languages.
func TestFindingsAreToldInGerman(t *testing.T) {
	t.Parallel()
	german, err := readSaid()
	if err != nil {
		t.Fatal(err)
	}
	// What is no text: what others said, commands, and the grades, which the page names itself.
	noText := regexp.MustCompile(`^(|%s|%v|chmod 600 |vierkant test fault list|ok|note|trouble)$`)
	verb := regexp.MustCompile(`%\w+`)
	paths, err := filepath.Glob("../../../cmd/node/doctor*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil || strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec, *ast.Field:
				return false
			case *ast.BasicLit:
				text, err := strconv.Unquote(n.Value)
				if n.Kind != token.STRING || err != nil || noText.MatchString(text) {
					return false
				}
				seen++
				if said := german[text]; said == "" || !slices.Equal(verb.FindAllString(said, -1), verb.FindAllString(text, -1)) {
					t.Errorf("%s: %s is not in %s, or with other values: %q", path, n.Value, saidFile, said)
				}
			}
			return true
		})
	}
	if seen < 60 {
		t.Errorf("only %d texts were found", seen)
	}
}

func TestSaid(t *testing.T) {
	t.Parallel()
	k := &Kit{german: map[string]string{"no answer": "keine Antwort", "a < b": "a > b", "%d are %s": "%d sind %s"}}
	for _, c := range []struct {
		lang, text, want string
		values           []any
	}{
		{"de", "no answer", "keine Antwort", nil}, {"en", "no answer", "no answer", nil}, {"de", "", "", nil}, {"de", "a < b", "a &gt; b", nil},
		{"en", "a < b", "a &lt; b", nil}, {"de", "<b>", `<span lang="en">&lt;b&gt;</span>`, nil}, {"de", "100 %", `<span lang="en">100 %</span>`, nil},
		{"de", "%d are %s", "3 sind &lt;b&gt;", []any{3, "<b>"}}, {"en", "%d are %s", "3 are &lt;b&gt;", []any{3, "<b>"}},
		{"de", "%s", `<span lang="en">&lt;b&gt;</span>`, []any{"<b>"}},
	} {
		if got := string(k.said(c.lang, c.text, c.values...)); got != c.want {
			t.Errorf("%s: got %s of %s, want %s", c.lang, got, c.text, c.want)
		}
	}
}
