package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// formVersion is that of the byte form. A program reads the forms of all versions up to its own.
const formVersion = 1

type form struct {
	Version  int        `json:"vierkant-services"`
	Services []formItem `json:"services"`
}

type formItem struct {
	Key   Key        `json:"key"`
	Texts []formText `json:"texts"`
}

type formText struct {
	Language    string `json:"lang"`
	Name        string `json:"name"`
	Official    string `json:"official,omitempty"`
	Description string `json:"text,omitempty"`
}

// MarshalBinary is the canonical form of the catalogue, which [Decode] reads, the same for equal catalogues: JSON with the services by key,
// a line each.
func (c *Catalogue) MarshalBinary() ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"vierkant-services":%d,"services":[`, formVersion)
	for i, s := range c.services {
		if i > 0 {
			out.WriteByte(',')
		}
		item := formItem{Key: s.Key, Texts: make([]formText, len(s.Texts))}
		for j, t := range s.Texts {
			item.Texts[j] = formText(t)
		}
		line, err := json.Marshal(item)
		if err != nil {
			return nil, err
		}
		out.WriteByte('\n')
		out.Write(line)
	}
	out.WriteString("\n]}\n")
	return out.Bytes(), nil
}

// Decode reads what MarshalBinary wrote and checks it as [New] does.
func Decode(b []byte) (*Catalogue, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var f form
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("decode services: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("decode services: more follows it")
	}
	if f.Version != formVersion {
		return nil, fmt.Errorf("decode services: it has version %d, this program reads %d", f.Version, formVersion)
	}
	services := make([]Service, len(f.Services))
	for i, item := range f.Services {
		services[i] = Service{Key: item.Key, Texts: make([]Text, len(item.Texts))}
		for j, t := range item.Texts {
			services[i].Texts[j] = Text(t)
		}
	}
	c, err := New(services)
	if err != nil {
		return nil, fmt.Errorf("decode services: %w", err)
	}
	return c, nil
}
