package team

import (
	"errors"
	"time"

	"github.com/vierkant/vierkant/api/portal/page"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/account"
	"github.com/vierkant/vierkant/routing/sheet"
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
	out, err := v.Spreadsheet("audit.csv", "at", "organisation", "who", "deed", "subject", "detail")
	if err != nil {
		return err
	}
	return s.writeDeeds(v, out, q, part)
}

func (s service) writeDeeds(v *page.Visit, out *sheet.Writer, q account.LogQuery, part account.LogPart) (err error) {
	for written := 0; ; written += len(part.Deeds) {
		for _, d := range part.Deeds {
			if err := out.Write(d.At.UTC().Format(time.RFC3339), string(d.Org), d.Who, d.Deed, d.Subject, d.Detail); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil || part.Next == 0 || written >= maxFile {
			return err
		}
		q.Before = part.Next
		if part, err = s.Accounts.SearchLog(ctx(v), v.Who(), v.Org(), q); err != nil {
			return err
		}
	}
}

// unlessGone makes of somebody who is not there any more nothing to complain about.
func unlessGone(err error) error {
	if errors.Is(err, broker.NotFound) {
		return nil
	}
	return err
}
