package page

import (
	"crypto/rand"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vierkant/vierkant/api/problem"
	"github.com/vierkant/vierkant/api/wire"
)

// onceField names a form that was shown, so that it is sent once.
const onceField = "once"

// Form is fields that are filled in and sent together. Its texts have its name before theirs: "NAME.FIELD" is the label, "NAME.FIELD.hint" a
// hint, "NAME.submit" the button, "NAME.FIELD.OPTION" an option, "NAME.confirm" what is asked before a deed that cannot be undone.
type Form struct {
	Name    string
	Action  string // address; "" is that of the page
	Fields  []*Field
	Submit  string
	Cancel  string // address that the way back leads to; "": none
	Danger  bool   // what it does is hard to undo
	Once    string
	Summary []Problem // of the whole form

	visit *Visit
	at    map[string]string // error code → field
}

// Problem is what is wrong, for somebody to mend.
type Problem struct {
	Text  string
	Exact string // what a service said, in English; ""
	Field string // id of the field; "" is the form as a whole
}

// Form makes a form with fields, which are Text, Select and others.
func (v *Visit) Form(name string, fields ...*Field) *Form {
	f := &Form{Name: name, Fields: fields, Once: rand.Text(), visit: v, at: map[string]string{}, Submit: v.T(name + ".submit")}
	for _, field := range fields {
		field.label(f)
	}
	return f
}

// To sends the form to another address than that of its page.
func (f *Form) To(action string) *Form {
	f.Action = action
	return f
}

// Or shows a way back.
func (f *Form) Or(address string) *Form {
	f.Cancel = address
	return f
}

// Dangerous marks what is hard to undo.
func (f *Form) Dangerous() *Form {
	f.Danger = true
	return f
}

// At has errors of services with a code stand at a field.
func (f *Form) At(code, field string) *Form {
	f.at[code] = field
	return f
}

// File reports whether a file is sent along, which takes another encoding.
func (f *Form) File() bool {
	return slices.ContainsFunc(f.Fields, func(field *Field) bool { return field.Kind == "file" })
}

// Field returns one by its name; nil if there is none.
func (f *Form) Field(name string) *Field {
	i := slices.IndexFunc(f.Fields, func(field *Field) bool { return field.Name == name })
	if i < 0 {
		return nil
	}
	return f.Fields[i]
}

// Value is what is in a field, without spaces around it.
func (f *Form) Value(name string) string { return f.Field(name).Value }

// Checked reports whether a box is checked.
func (f *Form) Checked(name string) bool { return f.Field(name).Value != "" }

// Lines are those of an Area, or several values that commas or spaces separate, without empty ones.
func (f *Form) Lines(name string) []string {
	return strings.FieldsFunc(f.Value(name), func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' || r == ' ' || r == '\t' })
}

// Read takes what was sent and reports whether all of it fits. What does not stands at its field, and Show answers with it.
func (f *Form) Read() bool {
	c := f.visit
	if err := c.Request().ParseMultipartForm(defaultLimit); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		f.Wrong("", c.T("form.unreadable"))
		return false
	}
	for _, field := range f.Fields {
		field.read(f, c.Request().PostForm)
	}
	return !f.Failed()
}

// Failed reports whether something is wrong.
func (f *Form) Failed() bool { return len(f.Summary) > 0 }

// Wrong says what is wrong with a field, or with "" the whole.
func (f *Form) Wrong(name, text string) {
	p := Problem{Text: text}
	if field := f.Field(name); field != nil {
		p.Field, field.Problem = field.ID, text
	}
	f.Summary = append(f.Summary, p)
	f.visit.refused = true
}

// Refuse takes an error of a service that is about what was filled in, and reports whether it was one; others are for the handler to return.
func (f *Form) Refuse(err error) bool {
	e, status := problem.Classify(err)
	var malformed *wire.Error
	if err == nil || status == 401 || status == 404 || status >= 500 {
		return false
	}
	name := f.at[e.Code]
	if errors.As(err, &malformed) {
		name = malformed.Member
	}
	text := f.visit.meaning(e)
	f.Wrong(name, text)
	f.Summary[len(f.Summary)-1].Exact = f.visit.exact(text, e)
	return true
}

// Uploaded is a file that was sent; nil if none was chosen. The caller closes it.
func (f *Form) Uploaded(name string) (multipart.File, *multipart.FileHeader, error) {
	file, header, err := f.visit.Request().FormFile(name)
	if err != nil {
		return nil, nil, nil //nolint:nilerr // nothing was chosen
	}
	return file, header, nil
}

// Content is what is in a file that was sent; nil if none was chosen.
func (f *Form) Content(name string) ([]byte, error) {
	file, _, err := f.Uploaded(name)
	if file == nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// Field is one thing to fill in.
type Field struct {
	Kind         string // text, email, password, number, date, area, select, radio, check, checks, file, hidden
	Name         string
	ID           string
	Label, Hint  string
	Value        string
	Values       []string // of checks
	Options      []Option
	Required     bool
	Max          int // characters
	Rows         int
	Autocomplete string
	InputMode    string
	Lookup       string // address that suggests values
	Accept       string // media types of a file
	Problem      string
	Mono         bool // shown in a typewriter face
}

// Option is one of several that can be chosen.
type Option struct {
	Value, Label, Hint string
	Chosen             bool
}

const (
	maxText = 200
	maxArea = 100_000
)

// Text is a line.
func Text(name string) *Field { return &Field{Kind: "text", Name: name, Max: maxText} }

// Email is a mail address.
func Email(name string) *Field {
	return &Field{Kind: "email", Name: name, Max: maxText, Autocomplete: "email"}
}

// Password is a secret that is typed. autocomplete is "current-password" or "new-password".
func Password(name, autocomplete string) *Field {
	return &Field{Kind: "password", Name: name, Max: 1000, Autocomplete: autocomplete}
}

// Code is digits of a second factor.
func Code(name string) *Field {
	return &Field{Kind: "text", Name: name, Max: 40, Autocomplete: "one-time-code", InputMode: "numeric", Mono: true}
}

// Number is a whole number.
func Number(name string) *Field {
	return &Field{Kind: "text", Name: name, Max: 12, InputMode: "numeric"}
}

// Date is a day.
func Date(name string) *Field { return &Field{Kind: "date", Name: name, Max: 10} }

// Area is several lines.
func Area(name string) *Field { return &Field{Kind: "area", Name: name, Max: maxArea, Rows: 5} }

// Select is one of several in a list, which are options of the form's texts unless Choices says others.
func Select(name string, values ...string) *Field {
	return &Field{Kind: "select", Name: name, Options: options(values)}
}

// Radio is one of few that are all seen.
func Radio(name string, values ...string) *Field {
	return &Field{Kind: "radio", Name: name, Options: options(values)}
}

// Check is a box; its value is "yes" or "".
func Check(name string) *Field { return &Field{Kind: "check", Name: name} }

// Checks is any of several.
func Checks(name string, values ...string) *Field {
	return &Field{Kind: "checks", Name: name, Options: options(values)}
}

// File is a file that is sent along.
func File(name, accept string) *Field { return &Field{Kind: "file", Name: name, Accept: accept} }

// Hidden is a value that goes along unseen.
func Hidden(name, value string) *Field {
	return &Field{Kind: "hidden", Name: name, Value: value, Max: maxArea}
}

func options(values []string) []Option {
	all := make([]Option, len(values))
	for i, value := range values {
		all[i].Value = value
	}
	return all
}

// Require has the field filled in.
func (d *Field) Require() *Field {
	d.Required = true
	return d
}

// Is fills the field in beforehand.
func (d *Field) Is(value string) *Field {
	d.Value = value
	return d
}

// Are chooses values of Checks beforehand.
func (d *Field) Are(values ...string) *Field {
	d.Values = values
	return d
}

// Most bounds the characters.
func (d *Field) Most(characters int) *Field {
	d.Max = characters
	return d
}

// Lines says how high an Area is.
func (d *Field) Lines(rows int) *Field {
	d.Rows = rows
	return d
}

// Suggest has a script suggest values from an address.
func (d *Field) Suggest(address string) *Field {
	d.Lookup = address
	return d
}

// As says what a browser may fill in by itself.
func (d *Field) As(autocomplete string) *Field {
	d.Autocomplete = autocomplete
	return d
}

// Choices are options with labels of their own.
func (d *Field) Choices(all ...Option) *Field {
	d.Options = all
	return d
}

// Typewritten shows what is an id or a key in a face in which characters are told apart.
func (d *Field) Typewritten() *Field {
	d.Mono = true
	return d
}

func (d *Field) label(f *Form) {
	texts, lang, prefix := f.visit.subject.texts, f.visit.lang, f.Name+"."+d.Name
	d.ID = strings.NewReplacer(".", "-").Replace(prefix)
	if d.Kind != "hidden" {
		d.Label, d.Hint = texts.say(lang, prefix), texts.optional(lang, prefix+".hint")
	}
	for i, o := range d.Options {
		if o.Label == "" {
			d.Options[i].Label = texts.say(lang, prefix+"."+o.Value)
			d.Options[i].Hint = texts.optional(lang, prefix+"."+o.Value+".hint")
		}
	}
}

// Chosen reports whether an option is.
func (d *Field) Chosen(o Option) bool {
	if d.Kind == "checks" {
		return slices.Contains(d.Values, o.Value)
	}
	return d.Value == o.Value
}

// Describers lists what describes the field to a reader.
func (d *Field) Describers() string {
	var all []string
	if d.Hint != "" {
		all = append(all, d.ID+"-hint")
	}
	if d.Problem != "" {
		all = append(all, d.ID+"-problem")
	}
	return strings.Join(all, " ")
}

func (d *Field) read(f *Form, sent url.Values) {
	if d.Kind == "file" {
		return
	}
	d.Values, d.Value = sent[d.Name], sent.Get(d.Name)
	if d.Kind != "password" {
		d.Value = strings.TrimSpace(d.Value)
	}
	if wrong := d.wrong(f.visit); wrong != "" {
		f.Wrong(d.Name, wrong)
	}
}

// wrong says what is the matter with the value; "" nothing.
func (d *Field) wrong(v *Visit) string {
	empty := d.Value == "" && len(d.Values) == 0 || d.Value == "" && d.Kind != "checks"
	switch {
	case empty && d.Required:
		return v.T("form.required", d.Label)
	case empty:
		return ""
	case !utf8.ValidString(d.Value) || strings.ContainsFunc(d.Value, d.forbidden):
		return v.T("form.characters", d.Label)
	case d.Max > 0 && utf8.RuneCountInString(d.Value) > d.Max:
		return v.T("form.long", d.Label, strconv.Itoa(d.Max))
	case len(d.Options) > 0 && !d.offered():
		return v.T("form.choice", d.Label)
	}
	return ""
}

// forbidden are characters that nobody types, and that make a text look like another one: controls, and what turns the direction of writing.
func (d *Field) forbidden(r rune) bool {
	if r == '\n' || r == '\r' || r == '\t' {
		return d.Kind != "area" && d.Kind != "hidden"
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

func (d *Field) offered() bool {
	among := func(value string) bool {
		return slices.ContainsFunc(d.Options, func(o Option) bool { return o.Value == value })
	}
	if d.Kind == "checks" {
		return !slices.ContainsFunc(d.Values, func(value string) bool { return !among(value) })
	}
	return among(d.Value)
}
