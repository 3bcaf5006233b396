package page

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
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

func TestSaid(t *testing.T) {
	t.Parallel()
	k := &Kit{german: map[string]string{"no answer": "keine Antwort", "a < b": "a > b"}}
	for _, c := range []struct{ lang, text, want string }{
		{"de", "no answer", "keine Antwort"}, {"en", "no answer", "no answer"}, {"de", "", ""}, {"de", "a < b", "a &gt; b"}, {"en", "a < b", "a &lt; b"},
		{"de", "<b>", `<span lang="en">&lt;b&gt;</span>`},
	} {
		if got := string(k.said(c.lang, c.text)); got != c.want {
			t.Errorf("%s: got %s of %s, want %s", c.lang, got, c.text, c.want)
		}
	}
}
