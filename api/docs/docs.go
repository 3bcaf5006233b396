package docs

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/schemas/openapi"
)

//go:embed pages
var files embed.FS

// policy lets a page have its style sheet and nothing else.
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Service answers with pages and documents, all of which are made when the first is asked for: a node that nobody asks, and a test that
// is about something else, need not wait for them.
type Service struct {
	pages func() (map[string]page, error)
}

// page is one answer.
type page struct {
	mediaType string
	tag       string // of its content, quoted
	content   []byte
}

// New returns the pages of an environment. problems says where its problems lead to.
func New(publicURL string, problems problem.Writer) *Service {
	return &Service{sync.OnceValues(func() (map[string]page, error) { return write(publicURL, problems) })}
}

func write(publicURL string, problems problem.Writer) (map[string]page, error) {
	all, err := openapi.All(publicURL)
	if err != nil {
		return nil, fmt.Errorf("docs: %w", err)
	}
	templates, err := template.New("").Funcs(template.FuncMap{"text": paragraphs, "line": line}).ParseFS(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("docs: %w", err)
	}
	b := &book{publicURL: publicURL, problems: problems, templates: templates, descriptions: all, pages: map[string]page{}}
	if err := b.write(); err != nil {
		return nil, fmt.Errorf("docs: %w", err)
	}
	return b.pages, nil
}

// Serve answers with what is at the path of the request.
func (s *Service) Serve(c echo.Context) error {
	pages, err := s.pages()
	if err != nil {
		return err
	}
	p, known := pages[c.Request().URL.Path]
	if !known {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Content-Type", p.mediaType)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", p.tag)
	if strings.HasPrefix(p.mediaType, "text/html") {
		h.Set("Content-Security-Policy", policy)
	}
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(p.content))
	return nil
}

// book is what pages are made of, and those that are made.
type book struct {
	publicURL    string
	problems     problem.Writer
	templates    *template.Template
	descriptions []openapi.Description
	pages        map[string]page
}

func (b *book) write() error {
	style, err := files.ReadFile("pages/style.css")
	if err != nil {
		return err
	}
	b.add("/docs/style.css", "text/css; charset=utf-8", style)
	for _, d := range b.descriptions {
		b.add("/openapi/"+d.Name+".json", "application/json", d.Text)
		if err := b.render("/docs/"+d.Name, "api.html", b.api(d)); err != nil {
			return err
		}
	}
	for _, m := range problem.Meanings() {
		if err := b.render(problem.Folder+m.Code, "problem.html", b.problem(m)); err != nil {
			return err
		}
	}
	if err := b.render("/docs/problems", "problems.html", b.problemIndex()); err != nil {
		return err
	}
	return b.render("/docs", "index.html", b.index())
}

func (b *book) render(path, name string, data any) error {
	var out bytes.Buffer
	if err := b.templates.ExecuteTemplate(&out, name, data); err != nil {
		return err
	}
	b.add(path, "text/html; charset=utf-8", out.Bytes())
	return nil
}

func (b *book) add(path, mediaType string, content []byte) {
	sum := sha256.Sum256(content)
	b.pages[path] = page{mediaType: mediaType, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, content: content}
}
