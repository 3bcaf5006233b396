package node_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vierkant/vierkant/cmd/node"
)

// certify writes a certificate for this machine, and its key, into the files of a configuration.
func certify(t *testing.T, cfg node.Config, serial int64, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		cfg.TLSCertificate: {Type: "CERTIFICATE", Bytes: public}, cfg.TLSKey: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// opened opens a connection and tells the serial number of the certificate at its other end.
func opened(t *testing.T, address string) (*tls.Conn, int64) {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// asks asks something over a connection that is open.
func asks(t *testing.T, c *tls.Conn) {
	t.Helper()
	fmt.Fprint(c, "GET /submission-api/v2/info HTTP/1.1\r\nHost: x\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v", answer, err)
	}
}

func TestTheCertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	cfg := madeConfig(t)
	cfg.TLSCertificate, cfg.TLSKey = filepath.Join(cfg.Data, "tls.pem"), filepath.Join(cfg.Data, "tls.key")
	cfg.Listen = freeAddress(t)
	certify(t, cfg, 1, time.Now().Add(time.Hour))
	n := start(t, cfg)
	defer stop(t, n)
	first, serial := opened(t, cfg.Listen)
	if serial != 1 {
		t.Errorf("at first: got certificate %d", serial)
	}
	certify(t, cfg, 2, time.Now().Add(time.Hour))
	n.Reload()
	if _, serial := opened(t, cfg.Listen); serial != 2 {
		t.Errorf("after it was replaced: got certificate %d, want 2", serial)
	}
	asks(t, first) // connections that are open stay so

	good, err := os.ReadFile(cfg.TLSKey)
	if err != nil {
		t.Fatal(err)
	}
	certify(t, cfg, 3, time.Now().Add(time.Hour))
	for name, spoil := range map[string]func() error{
		"another key": func() error { return os.WriteFile(cfg.TLSKey, good, 0o600) },
		"no PEM":      func() error { return os.WriteFile(cfg.TLSCertificate, []byte("renewing …"), 0o600) },
		"no file":     func() error { return os.Remove(cfg.TLSCertificate) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		n.Reload()
		if _, serial := opened(t, cfg.Listen); serial != 2 {
			t.Errorf("%s: got certificate %d, want the old one", name, serial)
		}
	}
	certify(t, cfg, 4, time.Now().Add(time.Hour))
	n.Reload()
	if _, serial := opened(t, cfg.Listen); serial != 4 {
		t.Errorf("after it was mended: got certificate %d, want 4", serial)
	}
}
