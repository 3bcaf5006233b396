package main

import (
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

// mailConfig is the part of the configuration file about the mail server.
type mailConfig struct {
	Server       string        `yaml:"server"` // host:port
	From         string        `yaml:"from"`
	User         string        `yaml:"user"`
	PasswordFile string        `yaml:"password_file"`
	Encryption   string        `yaml:"encryption"` // starttls, implicit or none
	TrustAnchors string        `yaml:"trust_anchors"`
	Timeout      time.Duration `yaml:"timeout"`
	Gather       time.Duration `yaml:"gather"`
}

// node returns it with the paths of files that are meant.
func (m mailConfig) node(from func(path string) string) node.Mail {
	return node.Mail{
		Server: m.Server, From: m.From, User: m.User, PasswordFile: from(m.PasswordFile), Encryption: node.MailEncryption(m.Encryption),
		TrustAnchors: from(m.TrustAnchors), Timeout: m.Timeout, Gather: m.Gather,
	}
}
