package wire

import "time"

// Mail is a mail of the outbox.
type Mail struct {
	MailID     string     `json:"mailId"`
	OrgID      string     `json:"orgId"`
	Template   string     `json:"template"`
	To         string     `json:"to"`
	State      string     `json:"state"`          // "owed", "sent", "failed" or "needless"
	Held       string     `json:"held,omitempty"` // for what an owed one is kept
	Count      int        `json:"count"`          // of what it tells
	CreatedAt  time.Time  `json:"createdAt"`
	Attempts   int        `json:"attempts"`
	NextAt     *time.Time `json:"nextAt,omitempty"`
	Reason     string     `json:"reason,omitempty"` // why the last attempt failed
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
}

// MailList is a page of mails.
type MailList struct {
	Counted
	Mails []Mail `json:"mails"`
}

// MailText is a mail with what it says.
type MailText struct {
	Mail
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
}

// MailSettings is how an organisation wants its mails.
type MailSettings struct {
	Language string `json:"language"` // "de", "en", or "" for both
}

// MailAddress is a mail address that somebody named, and whether it is confirmed.
type MailAddress struct {
	Address     string     `json:"address"`
	AddedAt     time.Time  `json:"addedAt"`
	AskedAt     *time.Time `json:"askedAt,omitempty"`
	ConfirmedAt *time.Time `json:"confirmedAt,omitempty"`
	ConfirmedBy string     `json:"confirmedBy,omitempty"`
}

// MailAddressList is a page of addresses.
type MailAddressList struct {
	Counted
	Addresses []MailAddress `json:"addresses"`
}

// MailAddressDraft is the body of POST /orgs/{org}/addresses and of POST /addresses.
type MailAddressDraft struct {
	Address string `json:"address"`
}

// MailCode is the body of POST /addresses/confirm.
type MailCode struct {
	Code string `json:"code"`
}
