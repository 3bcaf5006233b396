package main_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vierkant/vierkant/testenv/postbox"
)

// mailServer starts a mail server that writes what it gets into files: to whom, and the plain text.
func mailServer(ts *testscript.TestScript, _ bool, args []string) {
	box, err := postbox.Start(postbox.Config{})
	ts.Check(err)
	ended, over := make(chan struct{}), make(chan struct{})
	ts.Defer(func() {
		close(ended)
		<-over
		box.Close()
	})
	ts.Setenv(args[0], box.Address())
	folder := ts.MkAbs(".")
	go func() {
		defer close(over)
		for written := 0; ; {
			mails, more := box.Mails()
			for ; written < len(mails); written++ {
				writeMail(fmt.Sprintf("%s/%d.mail", folder, written+1), mails[written])
			}
			select {
			case <-more:
			case <-ended:
				return
			}
		}
	}()
}

// writeMail leaves it to the script to miss a file.
func writeMail(file string, m postbox.Mail) {
	text, err := plainText(m)
	if err != nil {
		text = err.Error()
	}
	_ = os.WriteFile(file, []byte("To: "+m.To+"\n"+text), 0o600)
}

func plainText(m postbox.Mail) (string, error) {
	message, err := mail.ReadMessage(strings.NewReader(string(m.Text)))
	if err != nil {
		return "", err
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	part, err := multipart.NewReader(message.Body, parameters["boundary"]).NextPart()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(part)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
