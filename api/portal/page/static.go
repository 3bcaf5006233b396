package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

//go:embed look texts.yaml meanings.yaml said.yaml
var look embed.FS

// kitName is the folder of the kit's own static files.
const kitName = "page"

// static are files that pages refer to, by their names below the portal's folder of static files.
type static map[string]file

type file struct {
	content   []byte
	mediaType string
	version   string // of its content
}

// readLook reads what all pages have.
func readLook() (static, error) {
	s := static{}
	return s, s.walk(look, "look", kitName, func(name string) bool { return !strings.HasSuffix(name, ".html") })
}

// add takes in the static files of a subject.
func (s static) add(from Subject) error {
	if _, err := fs.Stat(from.Files, "static"); err != nil {
		return nil //nolint:nilerr // it has none
	}
	return s.walk(from.Files, "static", from.Name, func(string) bool { return true })
}

// walk takes in all files below a folder. Their addresses have no folders.
func (s static) walk(files fs.FS, folder, name string, wanted func(string) bool) error {
	return fs.WalkDir(files, folder, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !wanted(at) {
			return err
		}
		content, err := fs.ReadFile(files, at)
		sum := sha256.Sum256(content)
		s[name+"/"+path.Base(at)] = file{content: content, mediaType: mediaType(at), version: hex.EncodeToString(sum[:6])}
		return err
	})
}

// mediaType does not ask the machine, whose tables differ.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	case ".md":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// address is that of a file, which changes with its content, so that a browser may keep it.
func (s static) address(base, folder, name string) string {
	key := folder + "/" + name
	return base + "/static/" + key + "?v=" + s[key].version
}

const forever = "public, max-age=31536000, immutable"

// serve answers with a file.
func (s static) serve(v *Visit) error {
	f, known := s[v.Param("subject")+"/"+v.Param("file")]
	if !known {
		return echo.ErrNotFound
	}
	h := v.Response().Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+f.version+`"`)
	if v.QueryParam("v") == f.version {
		h.Set("Cache-Control", forever)
	}
	http.ServeContent(v.Response(), v.Request(), "", time.Time{}, bytes.NewReader(f.content))
	return nil
}
