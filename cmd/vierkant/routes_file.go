package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/vierkant/vierkant/api/routesheet"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/routing/sheet"
)

// routesFile is a file of routes, read.
type routesFile struct {
	changes  wire.RouteChanges   // with Desired
	places   map[string]sheet.At // where each key stands
	textless bool                // the kind of file cannot say what routes tell people
}

// routesDocument is a file of routes in YAML.
type routesDocument struct {
	Prefix  string          `yaml:"prefix,omitempty"`
	Comment string          `yaml:"comment,omitempty"`
	Routes  []routeDocument `yaml:"routes"`
}

type routeDocument struct {
	Key         yamlText           `yaml:"key"`
	Destination string             `yaml:"destination"`
	Name        string             `yaml:"name"`
	Coverage    []coverageDocument `yaml:"coverage"`
	Priority    int                `yaml:"priority,omitempty"`
	From        string             `yaml:"from,omitempty"`
	Until       string             `yaml:"until,omitempty"`
	Offline     *bool              `yaml:"offline,omitempty"`
	Info        map[string]any     `yaml:"info,omitempty"` // members of wire.RouteInfo
}

type coverageDocument struct {
	Services []yamlText `yaml:"services,flow"`
	Regions  []yamlText `yaml:"regions,flow"`
	Schemas  []string   `yaml:"schemas,flow,omitempty"`
}

// yamlText is a text that may look like a number: 05566 is a region, and not an octal number.
type yamlText string

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (t *yamlText) UnmarshalYAML(node ast.Node) error {
	switch n := node.(type) {
	case *ast.StringNode:
		*t = yamlText(n.Value)
	case *ast.LiteralNode:
		*t = yamlText(n.Value.Value)
	case *ast.IntegerNode:
		*t = yamlText(n.GetToken().Value)
	default:
		at := node.GetToken().Position
		return sheet.Errorf(sheet.At{Line: at.Line, Column: at.Column}, "want a text")
	}
	return nil
}

// readRoutes reads a file of routes. Errors say the line.
func readRoutes(path string) (*routesFile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	read := readYAML
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		read = readCSV
	}
	file, err := read(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

func readCSV(raw []byte) (*routesFile, error) {
	file, err := routesheet.Read(raw)
	if err != nil {
		return nil, err
	}
	return &routesFile{changes: wire.RouteChanges{Desired: &wire.DesiredRoutes{Routes: file.Routes}}, places: file.Places, textless: true}, nil
}

func readYAML(raw []byte) (*routesFile, error) {
	var in routesDocument
	if err := yaml.UnmarshalWithOptions(raw, &in, yaml.Strict()); err != nil {
		return nil, inYAML(err)
	}
	if in.Routes == nil {
		return nil, sheet.Errorf(sheet.At{}, "the member routes is missing: write \"routes: []\" for none")
	}
	tree, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, inYAML(err)
	}
	file := &routesFile{
		changes: wire.RouteChanges{Comment: in.Comment, Desired: &wire.DesiredRoutes{Prefix: in.Prefix, Routes: []wire.RouteDraft{}}},
		places:  map[string]sheet.At{},
	}
	for i, r := range in.Routes {
		at := func(member string) sheet.At { return placeOf(tree, fmt.Sprintf("$.routes[%d]%s", i, member)) }
		draft, err := r.draft(at)
		if err != nil {
			return nil, err
		}
		file.changes.Desired.Routes = append(file.changes.Desired.Routes, draft)
		file.places[string(r.Key)] = at(".key")
	}
	return file, nil
}

// inYAML is an error of the library as others are.
func inYAML(err error) error {
	var ours *sheet.Error
	if errors.As(err, &ours) {
		return ours
	}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return sheet.Errorf(sheet.At{Line: p.Line, Column: p.Column}, "%s", at.GetMessage())
	}
	return err
}

func placeOf(tree *ast.File, path string) sheet.At {
	p, err := yaml.PathString(path)
	if err != nil {
		return sheet.At{}
	}
	node, err := p.FilterFile(tree)
	if err != nil || node == nil {
		return sheet.At{}
	}
	at := node.GetToken().Position
	return sheet.At{Line: at.Line, Column: at.Column}
}

func (r routeDocument) draft(at func(member string) sheet.At) (d wire.RouteDraft, err error) {
	d = wire.RouteDraft{Key: string(r.Key), DestinationID: r.Destination, Name: r.Name, Coverage: []wire.RouteCoverage{}, Priority: r.Priority, Offline: r.Offline}
	for _, c := range r.Coverage {
		d.Coverage = append(d.Coverage, wire.RouteCoverage{Services: each(c.Services, routesheet.URN), Regions: each(c.Regions, routesheet.Region), Schemas: c.Schemas})
	}
	for _, t := range []struct {
		member, text string
		into         *time.Time
	}{{".from", r.From, &d.From}, {".until", r.Until, &d.Until}} {
		if t.text == "" {
			continue
		}
		if *t.into, err = routesheet.ParseTime(t.text); err != nil {
			return d, sheet.Errorf(at(t.member), "%s", err)
		}
	}
	if d.Info, err = infoOf(r.Info); err != nil {
		return d, sheet.Errorf(at(".info"), "info: %s", err)
	}
	return d, nil
}

// infoOf reads what a route tells people, strictly.
func infoOf(members map[string]any) (info wire.RouteInfo, err error) {
	if len(members) == 0 {
		return info, nil
	}
	raw, err := json.Marshal(members)
	if err != nil {
		return info, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return info, decoder.Decode(&info)
}

func each[T ~string](texts []T, one func(string) string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = one(string(text))
	}
	return all
}

// exportRoutes writes the file of what is published.
func exportRoutes(routes []wire.ManagedRoute, prefix string) ([]byte, error) {
	file := routesDocument{Prefix: prefix, Routes: []routeDocument{}}
	for _, r := range routes {
		out := routeDocument{Key: yamlText(r.Key), Destination: r.DestinationID, Name: r.Name, Priority: r.Priority, From: routesheet.Edge(r.From), Until: routesheet.Edge(r.Until)}
		if r.Offline != nil && *r.Offline {
			out.Offline = r.Offline
		}
		for _, c := range r.Coverage {
			out.Coverage = append(out.Coverage, coverageDocument{Services: texts(c.Services), Regions: texts(c.Regions), Schemas: c.Schemas})
		}
		raw, err := json.Marshal(r.Info)
		if err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(raw, &out.Info); err != nil {
			return nil, err
		}
		file.Routes = append(file.Routes, out)
	}
	return yaml.Marshal(file)
}

func texts(all []string) []yamlText {
	converted := make([]yamlText, len(all))
	for i, text := range all {
		converted[i] = yamlText(text)
	}
	return converted
}
