package outbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/vierkant/vierkant/broker/guard"
)

// reasonOf says in a few words why there was no answer. The words are ours: those of the error may have addresses of networks that are none
// of the reader's business.
func reasonOf(err error) string {
	var (
		lookup  *net.DNSError
		network net.Error
	)
	switch {
	case errors.Is(err, guard.ErrAddress):
		return "the address is not one that may be called"
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return "there is no host of that name"
	case errors.As(err, &lookup):
		return "the name of the host cannot be looked up"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was closed before there was an answer"
	case errors.Is(err, errUnwanted), errors.Is(err, errRehearsed):
		return err.Error()
	}
	return reasonOfTLS(err)
}

func reasonOfTLS(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		refused *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &unknown):
		return "the TLS certificate was issued by nobody who is trusted"
	case errors.As(err, &host):
		return "the TLS certificate is for another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the TLS certificate has expired or is not valid yet"
	case errors.As(err, &refused):
		return "the TLS certificate is not accepted"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the receiver does not speak TLS"
	case errors.As(err, &alert):
		return "no TLS connection: " + alert.Error()
	}
	return "there was no answer"
}

// reasonOfStatus says what an answer that is no success may mean.
func reasonOfStatus(status int) string {
	switch {
	case status == http.StatusGone:
		return "gone: the receiver wants no more calls"
	case refusedBy(status):
		return "not believed: the receiver may know another secret"
	case status == http.StatusTooManyRequests:
		return "too many calls for the receiver"
	case status >= 300 && status < 400:
		return "a redirect, which is not followed"
	case status >= 500:
		return "the receiver failed"
	}
	return "the receiver refused it"
}
