package area

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strconv"
	"strings"

	"github.com/vierkant/vierkant/routing/sheet"
)

// The byte form of a catalogue is text, packed by gzip, which also notices damage:
//
//	vierkant areas 1 TAB day of the list TAB number of areas TAB number of former areas
//	ARS TAB parent TAB name TAB kind TAB population TAB seat TAB postcodes       (areas, by ARS)
//	… TAB since TAB successor                                                    (former areas, those first that ended first)
//
// What follows from this (ids, AGS, regions, the index) is made again. A change of the form raises the number; old ones stay readable.
const magic = "vierkant areas 1"

const (
	areaCells   = 7
	formerCells = areaCells + 2
)

// MarshalBinary is the canonical form of the catalogue, which [Decode] reads: catalogues of the same content, however they came about, have
// the same bytes in the same release of the program.
func (c *Catalogue) MarshalBinary() ([]byte, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zip.Write(c.text()); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (c *Catalogue) text() []byte {
	formers := c.Formers()
	b := fmt.Appendf(nil, "%s\t%s\t%d\t%d\n", magic, c.asOf, len(c.areas), len(formers))
	for _, a := range c.areas {
		b = append(appendArea(b, a), '\n')
	}
	for _, f := range formers {
		b = fmt.Appendf(appendArea(b, f.Area), "\t%s\t%s\n", f.Since, f.Successor)
	}
	return b
}

func appendArea(b []byte, a Area) []byte {
	return fmt.Appendf(b, "%s\t%s\t%s\t%s\t%d\t%s\t%s", a.ARS, a.Parent, a.Name, a.Kind, a.Population, a.Seat, strings.Join(a.Postcodes, " "))
}

// Decode reads what MarshalBinary wrote and checks it as [New] does.
func Decode(b []byte) (*Catalogue, error) {
	text, err := sheet.Bytes(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("decode areas: %w", err)
	}
	c, err := decode(string(text))
	if err != nil {
		return nil, fmt.Errorf("decode areas: %w", err)
	}
	return c, nil
}

func decode(text string) (*Catalogue, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	head := strings.Split(lines[0], "\t")
	if len(head) != 4 || head[0] != magic {
		return nil, fmt.Errorf("it begins with %.40q: want %q", lines[0], magic)
	}
	areas, err := strconv.ParseUint(head[2], 10, 31)
	if err != nil {
		return nil, fmt.Errorf("number of areas: %w", err)
	}
	formers, err := strconv.ParseUint(head[3], 10, 31)
	if err != nil {
		return nil, fmt.Errorf("number of former areas: %w", err)
	}
	if got, want := uint64(len(lines)-1), areas+formers; got != want {
		return nil, fmt.Errorf("%d lines: want %d", got, want)
	}
	c, err := decodeAreas(Date(head[1]), lines[1:areas+1])
	if err != nil {
		return nil, err
	}
	if err := c.decodeFormers(lines[areas+1:]); err != nil {
		return nil, err
	}
	return c, nil
}

func decodeAreas(asOf Date, lines []string) (*Catalogue, error) {
	areas := make([]Area, len(lines))
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		if len(cells) != areaCells {
			return nil, fmt.Errorf("area %d: %d cells, want %d", i, len(cells), areaCells)
		}
		var err error
		if areas[i], err = decodeArea(cells); err != nil {
			return nil, fmt.Errorf("area %d: %w", i, err)
		}
	}
	return newCatalogue(asOf, areas, func(i int, _ field) string { return fmt.Sprintf("area %d", i) })
}

func decodeArea(cells []string) (Area, error) {
	a := Area{ARS: cells[0], Parent: ID(cells[1]), Name: cells[2], Kind: cells[3], Seat: cells[5], Postcodes: strings.Fields(cells[6])}
	a.AGS, _ = AGSFromARS(a.ARS)
	var err error
	if a.Population, err = strconv.Atoi(cells[4]); err != nil {
		return Area{}, fmt.Errorf("population: %w", err)
	}
	return a, nil
}

func (c *Catalogue) decodeFormers(lines []string) error {
	all := make(map[ID]Former, len(lines))
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		if len(cells) != formerCells {
			return fmt.Errorf("former area %d: %d cells, want %d", i, len(cells), formerCells)
		}
		a, err := decodeArea(cells[:areaCells])
		if err != nil {
			return fmt.Errorf("former area %d: %w", i, err)
		}
		if a.region, err = checkedKeys(a); err != nil {
			return fmt.Errorf("former area %d: %w", i, err)
		}
		a.ID, a.Postcodes = ID(a.ARS), nil
		all[a.ID] = Former{Area: a, Since: Date(cells[areaCells]), Successor: ID(cells[areaCells+1])}
	}
	c.formers = newFormers(all)
	return c.checkFormers()
}
