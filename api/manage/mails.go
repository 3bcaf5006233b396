package manage

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/vierkant/vierkant/api/auth"
	"github.com/vierkant/vierkant/api/wire"
	"github.com/vierkant/vierkant/broker"
	"github.com/vierkant/vierkant/broker/mail"
)

// mails is GET /orgs/{org}/mails.
func (s *Service) mails(c echo.Context) error {
	who := auth.Caller(c)
	return s.listMails(c, func(p broker.Page) ([]mail.Mail, int, error) {
		return s.Mails.List(c.Request().Context(), who, who.Org, p)
	})
}

// allMails is GET /mails.
func (s *Service) allMails(c echo.Context) error {
	return s.listMails(c, func(p broker.Page) ([]mail.Mail, int, error) {
		return s.Mails.All(c.Request().Context(), auth.Caller(c), p)
	})
}

func (s *Service) listMails(c echo.Context, load func(broker.Page) ([]mail.Mail, int, error)) error {
	all, counted, err := list(c, viewMail, load)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.MailList{Counted: counted, Mails: all})
}

// mail is GET /orgs/{org}/mails/{mail}.
func (s *Service) mail(c echo.Context) error {
	asked, err := id[mail.ID](c, "mail")
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	m, text, err := s.Mails.Get(c.Request().Context(), who, who.Org, asked)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.MailText{Mail: viewMail(m), Subject: text.Subject, Text: text.Plain, HTML: text.HTML})
}

// anyMail is GET /mails/{mail}.
func (s *Service) anyMail(c echo.Context) error {
	asked, err := id[mail.ID](c, "mail")
	if err != nil {
		return err
	}
	m, text, err := s.Mails.Any(c.Request().Context(), auth.Caller(c), asked)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.MailText{Mail: viewMail(m), Subject: text.Subject, Text: text.Plain, HTML: text.HTML})
}

// mailSettings is GET /orgs/{org}/mail-settings.
func (s *Service) mailSettings(c echo.Context) error {
	who := auth.Caller(c)
	l, err := s.Mails.Language(c.Request().Context(), who, who.Org)
	return answer(c, http.StatusOK, viewMailSettings, l, err)
}

// changeMailSettings is PUT /orgs/{org}/mail-settings.
func (s *Service) changeMailSettings(c echo.Context) error {
	in, err := read[wire.MailSettings](c)
	if err != nil {
		return err
	}
	who, l := auth.Caller(c), mail.Language(in.Language)
	err = s.Mails.SetLanguage(c.Request().Context(), who, who.Org, l)
	return answer(c, http.StatusOK, viewMailSettings, l, err)
}

// addresses is GET /orgs/{org}/addresses.
func (s *Service) addresses(c echo.Context) error {
	who := auth.Caller(c)
	return s.listAddresses(c, func(p broker.Page) ([]mail.Address, int, error) {
		return s.Mails.Addresses(c.Request().Context(), who, who.Org, p)
	})
}

// allAddresses is GET /addresses.
func (s *Service) allAddresses(c echo.Context) error {
	return s.listAddresses(c, func(p broker.Page) ([]mail.Address, int, error) {
		return s.Mails.AllAddresses(c.Request().Context(), auth.Caller(c), p)
	})
}

func (s *Service) listAddresses(c echo.Context, load func(broker.Page) ([]mail.Address, int, error)) error {
	all, counted, err := list(c, viewMailAddress, load)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, wire.MailAddressList{Counted: counted, Addresses: all})
}

// askAddress is POST /orgs/{org}/addresses: a request for confirmation goes there.
func (s *Service) askAddress(c echo.Context) error {
	in, err := read[wire.MailAddressDraft](c)
	if err != nil {
		return err
	}
	who := auth.Caller(c)
	a, err := s.Mails.Ask(c.Request().Context(), who, who.Org, in.Address)
	return answer(c, http.StatusOK, viewMailAddress, a, err)
}

// markAddress is POST /addresses: an operator knows whose it is.
func (s *Service) markAddress(c echo.Context) error {
	in, err := read[wire.MailAddressDraft](c)
	if err != nil {
		return err
	}
	a, err := s.Mails.Mark(c.Request().Context(), auth.Caller(c), in.Address)
	return answer(c, http.StatusOK, viewMailAddress, a, err)
}

// confirmAddress is POST /addresses/confirm. The code says who asks.
func (s *Service) confirmAddress(c echo.Context) error {
	in, err := read[wire.MailCode](c)
	if err != nil {
		return err
	}
	a, err := s.Mails.Confirm(c.Request().Context(), in.Code)
	return answer(c, http.StatusOK, viewMailAddress, a, err)
}

func viewMail(m mail.Mail) wire.Mail {
	return wire.Mail{
		MailID: string(m.ID), OrgID: string(m.Org), Template: string(m.Template), To: m.To, State: string(m.State), Held: string(m.Held),
		Count: m.Count, CreatedAt: m.Created.UTC(), Attempts: m.Attempts, NextAt: viewTime(m.Next), Reason: m.Reason, FinishedAt: viewTime(m.Over),
	}
}

func viewMailSettings(l mail.Language) wire.MailSettings {
	return wire.MailSettings{Language: string(l)}
}

func viewMailAddress(a mail.Address) wire.MailAddress {
	return wire.MailAddress{
		Address: a.Address, AddedAt: a.Added.UTC(), AskedAt: viewTime(a.Asked), ConfirmedAt: viewTime(a.Confirmed), ConfirmedBy: a.By,
	}
}
