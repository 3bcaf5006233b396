package area_test

import (
	"strings"
	"testing"

	"github.com/vierkant/vierkant/routing/area"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	old := kreis(t, "001 Adorf", "002 Bdorf", "003 Cdorf", "004 Ddorf")
	areas := kreis(t, "002 Bdorf", "003 Cstadt", "005 Estadt").All()
	for i, a := range areas {
		switch a.Name {
		case "Cstadt":
			areas[i].Kind, areas[i].Seat, areas[i].Postcodes = "Markt", "70100", []string{"70003"}
		case "Bdorf": // joins an association
			areas[i].ID, areas[i].ARS, areas[i].Parent = "", "081115001002", "081115001"
		}
	}
	areas = append(areas, area.Area{ARS: "081115001", Name: "Verband", Kind: "Verwaltungsgemeinschaft", Parent: "08111"})
	next, err := area.New(areas)
	if err != nil {
		t.Fatal(err)
	}
	next = succeeds(t, old, next, "081110000001,081115001002,\n")
	d := area.Compare(old, next)
	want := `from: list of an unknown day: 7 areas, 4 of them municipalities, 0 former, 4 pairs of postcode and municipality, 0 people
to:   list of an unknown day: 7 areas, 3 of them municipalities, 3 former, 4 pairs of postcode and municipality, 0 people
2 added, 2 removed, 2 changed
+ 081110000005 Stadt Estadt
+ 081115001 Verwaltungsgemeinschaft Verband
- 081110000001 Stadt Adorf, now 081115001002
- 081110000004 Stadt Ddorf, no successor is known
~ 081110000002 Stadt Bdorf: ARS "081110000002" is now "081115001002", parent "08111" is now "081115001"
~ 081110000003 Stadt Cdorf: name "Cdorf" is now "Cstadt", kind "Stadt" is now "Markt", postcodes +70100
`
	if got := d.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d.Empty() || !area.Compare(old, old).Empty() {
		t.Error("want a difference to another list and none to the same")
	}
	if d := area.Compare(nil, old); len(d.Added) != old.Len() || len(d.Removed) != 0 {
		t.Errorf("to nothing: got %s", d)
	}
	if got := area.Compare(old, &area.Catalogue{}).String(); !strings.Contains(got, "0 added, 7 removed, 0 changed") {
		t.Errorf("to nothing: got %s", got)
	}
}
