package layers_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is one package of ours, checked by the compiler's own rules, without its tests.
type source struct {
	path  string
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
	uses  *types.Info
}

func TestHabits(t *testing.T) {
	t.Parallel()
	packages, compiled := buildAll(t)
	for _, p := range packages {
		if !within(p.ImportPath, module) || len(p.GoFiles) == 0 {
			continue
		}
		t.Run(p.ImportPath, func(t *testing.T) {
			t.Parallel()
			code := check(t, p.ImportPath, compiled, p.paths(), nil)
			complain(t, initFunctions(code))
			complain(t, panics(code))
			complain(t, mutableVariables(code))
			complain(t, openedContent(code))
		})
	}
}

// initFunctions finds work that happens because a package is linked, not because somebody called.
func initFunctions(code source) []string {
	var complaints []string
	for _, file := range code.files {
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				complaints = append(complaints, code.complaint(f, "func init: do it in a constructor that somebody calls"))
			}
		}
	}
	return complaints
}

// panics finds calls of panic outside programs and tests (a package that imports testing is one): libraries return errors.
func panics(code source) []string {
	if code.types.Name() == "main" || code.imports("testing") {
		return nil
	}
	builtin := types.Universe.Lookup("panic")
	return code.find(func(node ast.Node) string {
		if call, ok := node.(*ast.Ident); ok && code.uses.Uses[call] == builtin {
			return "panic: return an error"
		}
		return ""
	})
}

func (code source) imports(path string) bool {
	return slices.ContainsFunc(code.types.Imports(), func(p *types.Package) bool { return p.Path() == path })
}

// openedContent finds uses of what opens sealed content, below broker: the broker inspects envelopes and never looks inside.
func openedContent(code source) []string {
	if !within(code.path, module+"/broker") {
		return nil
	}
	return code.find(func(node ast.Node) string {
		name, ok := node.(*ast.Ident)
		if !ok {
			return ""
		}
		object := code.uses.Uses[name]
		if object == nil || object.Pkg() == nil || object.Pkg().Path() != module+"/crypto/seal" || !opens(object.Name()) {
			return ""
		}
		return "uses seal." + object.Name() + ": the broker opens no content"
	})
}

func opens(name string) bool {
	return strings.HasPrefix(name, "Open") || strings.HasPrefix(name, "Decrypt")
}

// mutableVariables finds package-level state. A package-level variable is a constant that Go has no word for (an error, a
// compiled expression, an embedded file, a table): it has its value where it is declared, and nobody assigns to it or to a part
// of it, takes its address, or calls a method that needs the address. A pointer's target is not followed.
func mutableVariables(code source) []string {
	return append(code.find(func(node ast.Node) string {
		declaration, ok := node.(*ast.GenDecl)
		if !ok || declaration.Tok != token.VAR {
			return ""
		}
		return code.valueless(declaration)
	}), code.find(code.change)...)
}

// valueless names the first package-level variable of a declaration that has no value there.
func (code source) valueless(declaration *ast.GenDecl) string {
	for _, spec := range declaration.Specs {
		spec := spec.(*ast.ValueSpec)
		variable := code.uses.Defs[spec.Names[0]]
		if len(spec.Values) > 0 || !isPackageLevel(variable) || embeds(declaration.Doc) || embeds(spec.Doc) {
			continue
		}
		return fmt.Sprintf("package-level variable %s is declared without a value: make it a field", variable.Name())
	}
	return ""
}

func embeds(comment *ast.CommentGroup) bool {
	if comment == nil {
		return false
	}
	for _, line := range comment.List {
		if strings.HasPrefix(line.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

// change tells which package-level variable a node changes, of whatever package.
func (code source) change(node ast.Node) string {
	for _, target := range code.targets(node) {
		if variable := code.root(target); isPackageLevel(variable) {
			return fmt.Sprintf("changes the package-level variable %s, or takes its address", variable.Name())
		}
	}
	return ""
}

// targets lists the expressions that a node assigns to or takes the address of.
func (code source) targets(node ast.Node) []ast.Expr {
	switch node := node.(type) {
	case *ast.AssignStmt:
		return node.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{node.X}
	case *ast.RangeStmt:
		return []ast.Expr{node.Key, node.Value}
	case *ast.UnaryExpr:
		if node.Op == token.AND {
			return []ast.Expr{node.X}
		}
	case *ast.CallExpr:
		return code.changedByCall(node)
	}
	return nil
}

// changedByCall knows the builtins that write into their first argument and methods that take their operand's address.
func (code source) changedByCall(call *ast.CallExpr) []ast.Expr {
	switch function := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		builtin, ok := code.uses.Uses[function].(*types.Builtin)
		if ok && slices.Contains([]string{"clear", "copy", "delete"}, builtin.Name()) {
			return call.Args[:1]
		}
	case *ast.SelectorExpr:
		selection := code.uses.Selections[function]
		if selection == nil || selection.Kind() != types.MethodVal || isPointer(selection.Recv()) {
			return nil
		}
		if receiver := selection.Obj().Type().(*types.Signature).Recv(); isPointer(receiver.Type()) {
			return []ast.Expr{function.X}
		}
	}
	return nil
}

// root follows an expression like table[i].field to the variable it begins with.
func (code source) root(expression ast.Expr) types.Object {
	switch expression := expression.(type) {
	case *ast.Ident:
		return code.uses.Uses[expression]
	case *ast.SelectorExpr:
		if code.uses.Selections[expression] == nil {
			return code.uses.Uses[expression.Sel] // a variable of another package
		}
		return code.root(expression.X)
	case *ast.IndexExpr:
		return code.root(expression.X)
	case *ast.SliceExpr:
		return code.root(expression.X)
	case *ast.ParenExpr:
		return code.root(expression.X)
	case *ast.StarExpr:
		return code.root(expression.X)
	}
	return nil
}

func isPackageLevel(object types.Object) bool {
	variable, ok := object.(*types.Var)
	return ok && variable.Name() != "_" && variable.Pkg() != nil && variable.Parent() == variable.Pkg().Scope()
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// find asks about every node of a package; an empty answer is none.
func (code source) find(ask func(ast.Node) string) []string {
	var complaints []string
	for _, file := range code.files {
		ast.Inspect(file, func(node ast.Node) bool {
			if node == nil {
				return false
			}
			if what := ask(node); what != "" {
				complaints = append(complaints, code.complaint(node, what))
			}
			return true
		})
	}
	return complaints
}

func (code source) complaint(node ast.Node, what string) string {
	position := code.fset.Position(node.Pos())
	return fmt.Sprintf("%s: %s:%d: %s", code.path, filepath.Base(position.Filename), position.Line, what)
}

// built is one package as `go list -export` sees it; Export is the file with its compiled types.
type built struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

func (b built) paths() []string {
	var paths []string
	for _, name := range b.GoFiles {
		paths = append(paths, filepath.Join(b.Dir, name))
	}
	return paths
}

// buildAll compiles everything that we have and need, and tells where the types of each package are.
func buildAll(t *testing.T) ([]built, map[string]string) {
	t.Helper()
	packages, err := decodeAll[built](goList(t, "-e", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "./...", "errors", "sync", "testing"))
	if err != nil {
		t.Fatal(err)
	}
	compiled := map[string]string{}
	for _, p := range packages {
		compiled[p.ImportPath] = p.Export
	}
	return packages, compiled
}

// check parses files, or the one text, and finds out what every name in them means.
func check(t *testing.T, path string, compiled map[string]string, files []string, text any) source {
	t.Helper()
	code := source{path: path, fset: token.NewFileSet()}
	for _, name := range files {
		file, err := parser.ParseFile(code.fset, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		code.files = append(code.files, file)
	}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(compiled[path]) }
	config := types.Config{Importer: importer.ForCompiler(code.fset, "gc", lookup)}
	code.uses = &types.Info{
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	checked, err := config.Check(path, code.fset, code.files, code.uses)
	if err != nil {
		t.Fatalf("%s does not build: %v", path, err)
	}
	code.types = checked
	return code
}

func TestHabitRulesFire(t *testing.T) {
	t.Parallel()
	_, compiled := buildAll(t)
	const table = "var table = map[string][]int{}\n"
	tests := []struct {
		name string
		rule func(source) []string
		code string // after the package clause
		want string
	}{
		{"init", initFunctions, `func init() {}`, "func init"},
		{"method init", initFunctions, `type t struct{}; func (t) init() {}`, ""},
		{"panic", panics, `func f() { panic("no") }`, "panic: return an error"},
		{"panic in a test", panics, `import "testing"; func f(testing.TB) { panic("no") }`, ""},
		{"own panic", panics, `func f() { panic := func(string) {}; panic("no") }`, ""},

		{"sentinel", mutableVariables, `import "errors"; var ErrGone = errors.New("gone")`, ""},
		{"assertion", mutableVariables, `import "sync"; var _ sync.Locker = (*sync.Mutex)(nil)`, ""},
		{"embedded", mutableVariables, "import _ \"embed\"\n//go:embed layers.txt\nvar text string", ""},
		{"table that is read", mutableVariables, table + `func f() int { x := table["a"][0]; x++; return x }`, ""},
		{"local of that name", mutableVariables, table + `func f() { table := map[int]int{}; table[1] = 2; delete(table, 1) }`, ""},
		{"local without value", mutableVariables, `func f() { var n int; n++; _ = n }`, ""},
		{"no value", mutableVariables, `var cache map[string]int`, "cache is declared without a value"},
		{"mutex", mutableVariables, `import "sync"; var mu sync.Mutex`, "mu is declared without a value"},
		{"pool", mutableVariables, `import "sync"; var pool = sync.Pool{}; func f() { pool.Put(1) }`, "variable pool"},
		{"assigned", mutableVariables, `var n = 1; func f() { n = 2 }`, "variable n"},
		{"counted", mutableVariables, `var n = 1; func f() { n++ }`, "variable n"},
		{"ranged into", mutableVariables, `var n = 1; func f() { for n = range 3 {} }`, "variable n"},
		{"part assigned", mutableVariables, table + `func f() { (table["a"])[0] += 1 }`, "variable table"},
		{"field assigned", mutableVariables, `var p = struct{ a [2]int }{}; func f() { p.a[0] = 1 }`, "variable p"},
		{"deleted from", mutableVariables, table + `func f() { delete(table, "a") }`, "variable table"},
		{"copied into", mutableVariables, `var a = [2]int{}; func f() { copy(a[:1], a[1:]) }`, "variable a"},
		{"address taken", mutableVariables, `var n = 1; func f() *int { return &n }`, "variable n"},
		{"target assigned", mutableVariables, `var p = new(int); func f() { *p = 1 }`, "variable p"},
		{"variable of others", mutableVariables, `import "errors"; func f() { errors.ErrUnsupported = nil }`, "variable ErrUnsupported"},
	}
	for _, test := range tests {
		code := check(t, "example", compiled, []string{"example.go"}, "package example; "+test.code)
		checkComplaints(t, test.name, test.rule(code), test.want)
	}
	program := check(t, "example", compiled, []string{"example.go"}, `package main; func main() { panic("fine") }`)
	checkComplaints(t, "panic in main", panics(program), "")
}

func TestOpenedContentFires(t *testing.T) {
	t.Parallel()
	const seal = module + "/crypto/seal"
	example := check(t, seal, nil, []string{"seal.go"},
		"package seal\ntype Header struct{}\nfunc (Header) Decrypt() {}\nfunc Inspect() Header { return Header{} }\nfunc Open() {}\nfunc f() { Inspect().Decrypt(); Open(); Inspect() }")
	checkComplaints(t, "elsewhere", openedContent(example), "")
	// The same code, as if it stood in the broker.
	example.path = module + "/broker/outbox"
	got := openedContent(example)
	if len(got) != 2 || !strings.Contains(got[0], "seal.Decrypt") || !strings.Contains(got[1], "seal.Open") {
		t.Errorf("got complaints %q, want one about Decrypt and one about Open", got)
	}
}
