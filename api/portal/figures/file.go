package figures

import (
	"strconv"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	counting "github.com/vierkant/vierkant/broker/figures"
)

// fileOfOrg is the figures that a page shows, for spreadsheets.
func (s service) fileOfOrg(v *page.Visit) error {
	a, series, err := s.readOrg(v)
	if err != nil {
		return err
	}
	name, err := s.nameOf(v, a)
	if err != nil {
		return err
	}
	return write(v, name, series)
}

// fileOfAll is the same of the installation.
func (s service) fileOfAll(v *page.Visit) error {
	_, series, err := s.readAll(v)
	if err != nil {
		return err
	}
	return write(v, "", series)
}

// nameOf is what a destination or a client is called; a side has its own name.
func (s service) nameOf(v *page.Visit, a asked) (string, error) {
	kind, id, _ := strings.Cut(a.Of, ":")
	switch kind {
	case "destination":
		d, _, err := s.Destinations.Get(v.Request().Context(), v.Who(), broker.DestinationID(id))
		return d.Name, err
	case "client":
		c, err := s.Clients.Get(v.Request().Context(), v.Who(), broker.ClientID(id))
		return c.Name, err
	case "sent":
		return "sent", nil
	}
	return "received", nil
}

// write writes a file. Its head is in the words of the API, whatever the language of the page, and its numbers are for programs.
func write(v *page.Visit, of string, s counting.Series) error {
	reasons := frequent(s.Sum().Rejected)
	head := []string{
		"of", "from", "to", "announced", "submitted", "accepted", "rejected", "expired", "replies", "bytes", "callbacksTaken", "callbacksFailed",
		"acceptanceP50", "acceptanceP90",
	}
	for _, reason := range reasons {
		head = append(head, "rejected:"+reason)
	}
	out, err := v.Spreadsheet("figures.csv", head...)
	if err != nil {
		return err
	}
	for _, p := range s.Points {
		if err := out.Write(record(of, p, reasons)...); err != nil {
			return err
		}
	}
	return out.Flush()
}

func record(of string, p counting.Point, reasons []string) []string {
	all := []string{of, p.From.Format(time.RFC3339), p.To.Format(time.RFC3339)}
	for _, n := range []int{p.Announced, p.Submitted, p.Accepted, p.AllRejected(), p.Expired, p.Replies} {
		all = append(all, strconv.Itoa(n))
	}
	all = append(all, strconv.FormatInt(p.Bytes, 10), strconv.Itoa(p.CallbacksTaken), strconv.Itoa(p.CallbacksFailed),
		seconds(p.Acceptance, 0.5), seconds(p.Acceptance, 0.9))
	for _, reason := range reasons {
		all = append(all, strconv.Itoa(p.Rejected[reason]))
	}
	return all
}

// seconds is a quantile for programs; nothing if there is none, or if it is above the last bound.
func seconds(h counting.Histogram, share float64) string {
	bound, over, some := h.Quantile(share)
	if !some || over {
		return ""
	}
	return strconv.Itoa(int(bound / time.Second))
}
