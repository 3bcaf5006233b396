package samples_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

// form is the business registration as both formats say it.
type form struct {
	Title   string `json:"formular" xml:"formular"`
	Number  string `json:"aktenzeichenOnlinedienst" xml:"aktenzeichenOnlinedienst"`
	Applied string `json:"gestelltAm" xml:"gestelltAm"`
	Owner   struct {
		Surname     string  `json:"familienname" xml:"familienname"`
		BirthName   string  `json:"geburtsname" xml:"geburtsname"`
		GivenNames  string  `json:"vornamen" xml:"vornamen"`
		Born        string  `json:"geburtsdatum" xml:"geburtsdatum"`
		BornIn      string  `json:"geburtsort" xml:"geburtsort"`
		Nationality string  `json:"staatsangehoerigkeit" xml:"staatsangehoerigkeit"`
		Address     address `json:"anschrift" xml:"anschrift"`
		Phone       string  `json:"telefon" xml:"telefon"`
		Mail        string  `json:"email" xml:"email"`
	} `json:"betriebsinhaber" xml:"betriebsinhaber"`
	Business struct {
		Name     string   `json:"name" xml:"name"`
		Legal    string   `json:"rechtsform" xml:"rechtsform"`
		Address  address  `json:"anschrift" xml:"anschrift"`
		Kinds    []string `json:"art" xml:"art"`
		Activity string   `json:"taetigkeit" xml:"taetigkeit"`
		Focus    string   `json:"schwerpunkt" xml:"schwerpunkt"`
		Begin    string   `json:"beginn" xml:"beginn"`
		Sideline bool     `json:"nebenerwerb" xml:"nebenerwerb"`
		Staff    struct {
			Full int  `json:"vollzeit" xml:"vollzeit"`
			Part int  `json:"teilzeit" xml:"teilzeit"`
			None bool `json:"keine" xml:"keine"`
		} `json:"beschaeftigte" xml:"beschaeftigte"`
		Site   string `json:"anmeldungVon" xml:"anmeldungVon"`
		Reason string `json:"grund" xml:"grund"`
	} `json:"betrieb" xml:"betrieb"`
	Permit struct {
		Needed    bool   `json:"erforderlich" xml:"erforderlich"`
		CraftCard bool   `json:"handwerkskarte" xml:"handwerkskarte"`
		Residence string `json:"aufenthaltstitel" xml:"aufenthaltstitel"`
	} `json:"erlaubnis" xml:"erlaubnis"`
	Insurance struct {
		Body       string `json:"berufsgenossenschaft" xml:"berufsgenossenschaft"`
		Registered bool   `json:"angemeldet" xml:"angemeldet"`
	} `json:"versicherung" xml:"versicherung"`
	Fee struct {
		Euro float64 `json:"betragEuro" xml:"betragEuro"`
		Paid bool    `json:"bezahlt" xml:"bezahlt"`
	} `json:"gebuehr" xml:"gebuehr"`
	Declaration string `json:"erklaerung" xml:"erklaerung"`
}

type address struct {
	Street string `json:"strasse" xml:"strasse"`
	Number string `json:"hausnummer" xml:"hausnummer"`
	Code   string `json:"postleitzahl" xml:"postleitzahl"`
	Town   string `json:"ort" xml:"ort"`
}

func (a address) String() string {
	return fmt.Sprintf("%s %s, %s %s", a.Street, a.Number, a.Code, a.Town)
}

// readForm fails on every member that the form does not know.
func readForm(t testing.TB, mime string, data []byte) form {
	t.Helper()
	var f form
	if mime == "application/xml" {
		if err := xml.Unmarshal(data, &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	strict := json.NewDecoder(strings.NewReader(string(data)))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

const margin, full = 50.0, pageWidth - 2*50.0

// field is one box of the form; share is its part of the width of a row.
type field struct {
	label, value string
	share        float64
}

// sheet draws rows of fields from the top of the page downwards.
type sheet struct {
	*page
	y float64
}

func (s *sheet) heading(title string) {
	s.grey(0.90)
	s.area(margin, s.y, full, 15)
	s.grey(0)
	s.text(bold, 9.5, margin+5, s.y+11, title)
	s.y += 15
}

func (s *sheet) row(fields ...field) {
	height := 27.0
	for _, f := range fields {
		height = max(height, 16+11*float64(len(lines(f.value, f.share))))
	}
	x := margin
	for _, f := range fields {
		s.box(x, s.y, f.share*full, height)
		s.grey(0.35)
		s.text(plain, 6.5, x+5, s.y+9, f.label)
		s.grey(0)
		for i, line := range lines(f.value, f.share) {
			s.text(plain, 9.5, x+5, s.y+20+11*float64(i), line)
		}
		x += f.share * full
	}
	s.y += height
}

// lines breaks a value at blanks; a full row holds about a hundred characters.
func lines(value string, share float64) []string {
	var all []string
	line := ""
	for _, word := range strings.Fields(value) {
		if line != "" && float64(len([]rune(line))+1+len([]rune(word))) > 100*share {
			all, line = append(all, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(all, line)
}

func yes(b bool) string {
	if b {
		return "ja"
	}
	return "nein"
}

// date turns 2027-01-04 into 04.01.2027.
func date(iso string) string { return iso[8:] + "." + iso[5:7] + "." + iso[:4] }

// drawForm is the application for people: what an online service attaches beside the data, with the purpose form.
func drawForm(t testing.TB, f form) []byte {
	s := &sheet{page: &page{t: t}, y: 118}
	s.op("0.5 w")
	s.grey(0)
	s.text(bold, 18, margin, 68, "Gewerbeanmeldung")
	s.text(plain, 9.5, margin, 84, "nach § 14 der Gewerbeordnung, an die für den Ort der Betriebsstätte zuständige Behörde")
	s.text(plain, 8.5, margin, 102, "Vorgang des Onlinedienstes: "+f.Number+"      gestellt am "+date(f.Applied))
	s.drawOwner(f)
	s.drawBusiness(f)
	s.drawRest(f)
	s.grey(0.45)
	s.text(plain, 7.5, margin, 800, "MUSTER – frei erfundene Angaben zum Erproben der Übermittlung. Erzeugt aus den Fachdaten des Antrags.")
	return s.bytes("Gewerbeanmeldung " + f.Number)
}

func (s *sheet) drawOwner(f form) {
	o := f.Owner
	s.heading("Angaben zur Betriebsinhaberin oder zum Betriebsinhaber")
	s.row(field{"1  Familienname", o.Surname, 0.40}, field{"2  Vornamen", o.GivenNames, 0.35}, field{"3  Geburtsname", o.BirthName, 0.25})
	s.row(field{"4  Geburtsdatum", date(o.Born), 0.25}, field{"5  Geburtsort", o.BornIn, 0.40}, field{"6  Staatsangehörigkeit", o.Nationality, 0.35})
	s.row(field{"7  Anschrift der Wohnung", o.Address.String(), 1})
	s.row(field{"8  Telefon", o.Phone, 0.40}, field{"9  E-Mail", o.Mail, 0.60})
	s.y += 8
}

func (s *sheet) drawBusiness(f form) {
	b := f.Business
	s.heading("Angaben zum Betrieb")
	s.row(field{"10  Name des Betriebs", b.Name, 0.60}, field{"11  Rechtsform", b.Legal, 0.40})
	s.row(field{"12  Anschrift der Betriebsstätte", b.Address.String(), 1})
	s.row(field{"13  Angemeldete Tätigkeit", b.Activity, 1})
	s.row(field{"14  Schwerpunkt", b.Focus, 0.60}, field{"15  Art des Betriebs", strings.Join(b.Kinds, ", "), 0.40})
	s.row(field{"16  Beginn der Tätigkeit", date(b.Begin), 0.25}, field{"17  Nebenerwerb", yes(b.Sideline), 0.20},
		field{"18  Anmeldung von", b.Site, 0.30}, field{"19  Grund", b.Reason, 0.25})
	s.row(field{"20  Beschäftigte in Vollzeit", fmt.Sprint(b.Staff.Full), 0.34}, field{"21  in Teilzeit", fmt.Sprint(b.Staff.Part), 0.33},
		field{"22  keine", yes(b.Staff.None), 0.33})
	s.y += 8
}

func (s *sheet) drawRest(f form) {
	s.heading("Erlaubnis, Versicherung, Gebühr")
	s.row(field{"23  Erlaubnis erforderlich", yes(f.Permit.Needed), 0.30}, field{"24  Handwerkskarte liegt vor", yes(f.Permit.CraftCard), 0.30},
		field{"25  Aufenthaltstitel", f.Permit.Residence, 0.40})
	s.row(field{"26  Berufsgenossenschaft", f.Insurance.Body, 0.75}, field{"27  angemeldet", yes(f.Insurance.Registered), 0.25})
	s.row(field{"28  Gebühr", strings.Replace(fmt.Sprintf("%.2f Euro", f.Fee.Euro), ".", ",", 1), 0.50}, field{"29  bezahlt", yes(f.Fee.Paid), 0.50})
	s.y += 8
	s.heading("Erklärung")
	s.row(field{"30", f.Declaration, 1})
}

// drawCard is a copy of an identity card that nobody can take for one.
func drawCard(t testing.TB, f form) []byte {
	const x, y, w, h = 80.0, 120.0, 435.0, 274.0
	p := &page{t: t}
	p.op("1 w")
	p.grey(0)
	p.text(plain, 10, x, 90, "Kopie zum Antrag "+f.Number)
	p.grey(0.93)
	p.area(x, y, w, h)
	p.grey(0.80)
	p.slanted(bold, 54, x+70, y+235, "MUSTER")
	p.grey(0.65)
	p.area(x+20, y+62, 105, 140)
	p.grey(0.85)
	p.disc(x+72, y+115, 28)
	p.area(x+37, y+152, 71, 50)
	p.grey(0)
	p.box(x, y, w, h)
	p.text(bold, 13, x+20, y+30, "MUSTERAUSWEIS")
	p.text(plain, 8, x+20, y+44, "kein amtliches Dokument, frei erfunden")
	o := f.Owner
	for i, line := range []field{
		{label: "Name", value: o.Surname}, {label: "Geburtsname", value: o.BirthName}, {label: "Vornamen", value: o.GivenNames},
		{label: "Geburtstag und -ort", value: date(o.Born) + " " + o.BornIn}, {label: "Anschrift", value: o.Address.String()},
	} {
		at := y + 70 + 36*float64(i)
		p.grey(0.35)
		p.text(plain, 7, x+150, at, line.label)
		p.grey(0)
		p.text(bold, 11.5, x+150, at+14, line.value)
	}
	return p.bytes("Musterausweis zu " + f.Number)
}
