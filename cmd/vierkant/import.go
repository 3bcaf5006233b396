package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vierkant/vierkant/api/wire"
)

// importing is what imports of catalogues have in common.
type importing struct {
	administration
	plan        bool
	attribution string
}

func (i *importing) flags(cmd *cobra.Command) {
	i.administration.flags(cmd)
	cmd.Flags().BoolVar(&i.plan, "plan", false, "only say what would change")
	cmd.Flags().StringVar(&i.attribution, "attribution", "", "whom to name where the data are shown, if their licence demands it")
	completeNothing(cmd, "attribution")
}

// formFile is a file that goes into a form, under the name that the management API has for it.
type formFile struct{ part, path string }

// form is the body of an import; files without a path are left out.
func (i *importing) form(files ...formFile) (contentType string, body []byte, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		if err := addFile(w, f); err != nil {
			return "", nil, err
		}
	}
	if i.attribution != "" {
		if err := w.WriteField("attribution", i.attribution); err != nil {
			return "", nil, err
		}
	}
	err = w.Close()
	return w.FormDataContentType(), b.Bytes(), err
}

func addFile(w *multipart.Writer, f formFile) error {
	if f.path == "" {
		return nil
	}
	file, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("the file cannot be read: %w", err)
	}
	defer file.Close()
	to, err := w.CreateFormFile(f.part, filepath.Base(f.path))
	if err != nil {
		return err
	}
	_, err = io.Copy(to, file)
	return err
}

// outcome says in words whether anything was done.
func (i *importing) outcome(applied bool) string {
	switch {
	case applied:
		return "It is in force now."
	case i.plan:
		return "Nothing was changed: this is the plan."
	}
	return "Nothing was changed: this is in force already."
}

// shown bounds the lines of a list that people read; programs get more with --json.
const shown = 20

// listPart writes the beginning of a list.
func listPart[T any](to io.Writer, sign string, p wire.Part[T], line func(T) string) {
	for i, item := range p.Items {
		if i == shown {
			break
		}
		fmt.Fprintf(to, "%s %s\n", sign, line(item))
	}
	if more := p.TotalCount - shown; more > 0 {
		fmt.Fprintf(to, "%s … and %d more\n", sign, more)
	}
}

func asIs(s string) string { return s }

// origin says where a catalogue comes from.
func origin(to io.Writer, s wire.CatalogueState) {
	if s.Sample {
		fmt.Fprintln(to, "Nothing was imported yet: this is the small sample that is part of the program.")
		return
	}
	fmt.Fprintf(to, "Imported by %s at %s.\n", s.ImportedBy, s.ImportedAt.Format("2006-01-02 15:04:05 MST"))
	if s.Attribution != "" {
		fmt.Fprintln(to, s.Attribution)
	}
}
