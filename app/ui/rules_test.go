package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// source is this package's Go files, tests left out.
func source(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	files, parsed := token.NewFileSet(), map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, 0)
		require.NoError(t, err)
		parsed[name] = f
	}
	require.NotEmpty(t, parsed)
	return files, parsed
}

// The traps of go-app that are security or consent-law defects, held by looking
// at the code: what slips through a review shows in no test of a component.
func TestComponentsKeepToTheRules(t *testing.T) {
	booleans := []string{
		"Checked", "Selected", "Hidden", "Open", "Required", "Disabled", "ReadOnly", "Multiple", "AutoFocus", "AutoPlay",
		"NoValidate", "FormNoValidate", "Reversed", "IsMap", "ContentEditable", "Draggable",
	}
	files, parsed := source(t)
	for name, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			place, method := files.Position(call.Pos()).String(), sel.Sel.Name
			assert.False(t, strings.HasPrefix(method, "Raw") && isName(sel.X, "app"), "%s: raw HTML is not escaped", place)
			assert.False(t, method == "Style" || method == "Styles", "%s: a style attribute breaks our content security policy", place)
			if name != "attr.go" {
				assert.NotContains(t, booleans, method, "%s: set booleans through attr.go", place)
			}
			if regexp.MustCompile(`^On([A-Z]|$)`).MatchString(method) {
				for _, a := range call.Args {
					_, closure := a.(*ast.FuncLit)
					assert.False(t, closure, "%s: go-app never replaces a closure; use a method", place)
				}
			}
			return true
		})
	}
}

func TestAttributeValuesAreConstantOrMadeSafe(t *testing.T) {
	attributes := []string{
		"Href", "ID", "Class", "Title", "Lang", "HrefLang", "For", "Name", "Value", "Type", "Action", "FormAction", "Role",
		"Attr", "Aria", "DataSet", "Src", "Alt", "Placeholder", "Pattern", "Target", "Rel", "Download", "Form", "Scope", "Method",
		"Headers", "Dir", "Label", "List", "Cite", "DateTime", "TabIndex", "Content",
	}
	files, parsed := source(t)
	constants := map[string]bool{}
	for _, f := range parsed {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, s := range g.Specs {
					for _, id := range s.(*ast.ValueSpec).Names {
						constants[id.Name] = true
					}
				}
			}
		}
	}
	var safe func(e ast.Expr) bool
	safe = func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.BasicLit:
			return true
		case *ast.UnaryExpr:
			return safe(e.X)
		case *ast.BinaryExpr:
			return safe(e.X) && safe(e.Y)
		case *ast.Ident:
			return constants[e.Name]
		case *ast.SelectorExpr: // a constant of another package
			return slices.ContainsFunc([]string{"rights", "consent", "group", "i18n"}, func(p string) bool { return isName(e.X, p) })
		case *ast.CallExpr:
			return isName(e.Fun, "val") || isName(e.Fun, "yesno")
		}
		return false
	}
	for name, f := range parsed {
		if name == "attr.go" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(attributes, sel.Sel.Name) || len(call.Args) == 0 || isName(sel.X, "app") || !element(sel.X) {
				return true
			}
			for i, a := range call.Args {
				if first, ok := call.Args[0].(*ast.BasicLit); ok && i == 1 && first.Value == `"autofocus"` && isName(a, "true") {
					continue // a boolean attribute that is always there
				}
				assert.True(t, safe(a), "%s: %s takes a value that is neither constant nor from val or yesno", files.Position(a.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

// element reports whether a method is called on something that may be an element:
// the result of a call, or a variable.
func element(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr:
		return true
	case *ast.Ident:
		return !slices.Contains([]string{"i18n", "slices", "strings", "t", "c", "h", "p", "r", "f", "v", "s"}, e.Name)
	}
	return false
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func TestAComponentAFile(t *testing.T) {
	_, parsed := source(t)
	for name, f := range parsed {
		var components []string
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok && ast.IsExported(s.Name.Name) {
				if st, ok := s.Type.(*ast.StructType); ok && slices.ContainsFunc(st.Fields.List, embedsCompo) {
					components = append(components, s.Name.Name)
				}
			}
			return true
		})
		assert.LessOrEqual(t, len(components), 2, "%s: %v", name, components) // a list and its row may share one
	}
}

func embedsCompo(f *ast.Field) bool {
	sel, ok := f.Type.(*ast.SelectorExpr)
	return ok && len(f.Names) == 0 && sel.Sel.Name == "Compo"
}
