package team

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
)

// maxFile is how many deeds a file has at most: more than anybody reads, and less than keeps a node busy.
const maxFile = 50_000

// auditFile is the log as a file for spreadsheets. It has the log's own words.
func (s service) auditFile(v *page.Visit) error {
	q, wrong := asked(v)
	if wrong != "" {
		return broker.Invalid.New("bad-request", "%s", wrong)
	}
	q.Limit, q.Before = broker.MaxPage, 0
	part, err := s.Accounts.SearchLog(ctx(v), v.Who(), v.Org(), q)
	if err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="audit.csv"`)
	h.Set("Cache-Control", "no-store")
	v.Response().WriteHeader(http.StatusOK)
	out := csv.NewWriter(v.Response())
	if err := out.Write([]string{"at", "organisation", "who", "deed", "subject", "detail"}); err != nil {
		return err
	}
	return s.writeDeeds(v, out, q, part)
}

func (s service) writeDeeds(v *page.Visit, out *csv.Writer, q account.LogQuery, part account.LogPart) (err error) {
	for written := 0; ; written += len(part.Deeds) {
		for _, d := range part.Deeds {
			row := []string{d.At.UTC().Format(time.RFC3339), string(d.Org), d.Who, d.Deed, d.Subject, d.Detail}
			for i := range row {
				row[i] = cell(row[i])
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		if out.Flush(); out.Error() != nil || part.Next == 0 || written >= maxFile {
			return out.Error()
		}
		q.Before = part.Next
		if part, err = s.Accounts.SearchLog(ctx(v), v.Who(), v.Org(), q); err != nil {
			return err
		}
	}
}

// cell keeps a spreadsheet from taking a text for a formula (OWASP ASVS 5.0, 1.2.10).
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\x00", rune(text[0])) {
		return "'" + text
	}
	return text
}

// unlessGone makes of somebody who is not there any more nothing to complain about.
func unlessGone(err error) error {
	if errors.Is(err, broker.NotFound) {
		return nil
	}
	return err
}
