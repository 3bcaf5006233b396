package manage

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
)

// maxUpload bounds the files of an import together. Each reader has bounds of its own.
const maxUpload = 256 << 20

// listed is how many items of each list a difference shows: whoever imports a country for the first time wants no thousands.
const listed = 500

// forms calls the function of each part of a form, in the order in which they come. A part is read while it arrives.
func forms(c echo.Context, take map[string]func(io.Reader) error) error {
	form, err := c.Request().MultipartReader()
	if err != nil {
		return broker.Invalid.Wrap(err, "", "the form is malformed: expected multipart/form-data with a boundary")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return torn(err)
		}
		do, known := take[part.FormName()]
		if !known {
			return broker.Invalid.New("", "the part %.40q of the form is not known: expected %s", part.FormName(), strings.Join(slices.Sorted(maps.Keys(take)), ", "))
		}
		content := &watched{from: part}
		if err := do(content); content.failed != nil {
			return torn(content.failed)
		} else if err != nil {
			return refusal(part.FileName(), err)
		}
	}
}

// watched tells a file that is wrong from one that did not arrive.
type watched struct {
	from   io.Reader
	failed error
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	if err != nil && err != io.EOF {
		w.failed = err
	}
	return n, err
}

// torn is the error of a form that did not arrive as one. What the transport refuses stays as it is.
func torn(err error) error {
	var refused *broker.Error
	if errors.As(err, &refused) {
		return err
	}
	return broker.Invalid.Wrap(err, "", "the form is malformed or ended early: send it again")
}

// refusal says which file is wrong.
func refusal(file string, err error) error {
	if file != "" {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return broker.Unprocessable.Wrap(err, "import-refused", "%v", err)
}

// text reads a short part.
func text(into *string) func(io.Reader) error {
	const most = 4096
	return func(r io.Reader) error {
		b, err := io.ReadAll(io.LimitReader(r, most))
		*into = strings.TrimSpace(string(b))
		return err
	}
}

// flag reads a parameter of the query that is true or false.
func flag(q wire.Query, name string) (bool, error) {
	value, given, err := q.One(name)
	if err != nil || !given {
		return false, err
	}
	switch value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, &wire.Error{Member: name, Want: "must be true or false"}
}

// partOf shows the beginning of a list.
func partOf[A, B any](all []A, view func(A) B) wire.Part[B] {
	p := wire.Part[B]{TotalCount: len(all), Items: make([]B, 0, min(len(all), listed))}
	for _, a := range all[:min(len(all), listed)] {
		p.Items = append(p.Items, view(a))
	}
	return p
}

func same(s string) string { return s }
