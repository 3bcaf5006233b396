package node

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificateLook is how often the files of the certificate are looked at: soon enough for who renews it weeks before its end.
const certificateLook = 10 * time.Second

// certificateWarning is how long before its end a certificate that nobody renewed is complained of, each day.
const certificateWarning = 14 * 24 * time.Hour

// certificate is the one that TLS connections are opened with. Each new connection gets the one of that moment; those that are open keep
// theirs. It is read again when its files change: by what is in them, since a file system's times are too coarse for two changes in a
// moment. Files that do not fit together, as in the middle of a renewal, leave the old one.
type certificate struct {
	files   [2]string // certificate and key
	current atomic.Pointer[tls.Certificate]

	mu   sync.Mutex
	seen [sha256.Size]byte // digest of what was last read, whether it was good or not; guarded by mu
}

// openCertificate loads that of this node, if it has one.
func (n *Node) openCertificate(context.Context) (err error) {
	if n.cfg.TLSCertificate != "" {
		n.certificate, err = loadCertificate(n.cfg.TLSCertificate, n.cfg.TLSKey)
	}
	return err
}

func loadCertificate(file, key string) (*certificate, error) {
	c := &certificate{files: [2]string{file, key}}
	if _, err := c.reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// config is that of a listener.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
		MinVersion:     tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}
}

// reload reads the files. What is as it was when it was last read is left alone, also if it was bad: that was said then.
func (c *certificate) reload() (changed bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var pem [2][]byte
	for i, file := range c.files {
		if pem[i], err = os.ReadFile(file); err != nil {
			pem[i] = []byte(err.Error())
		}
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%d %s%s", len(pem[0]), pem[0], pem[1]))
	if digest == c.seen {
		return false, nil
	}
	c.seen = digest
	if err != nil {
		return false, fmt.Errorf("tls: %w", err)
	}
	pair, err := tls.X509KeyPair(pem[0], pem[1])
	if err != nil {
		return false, fmt.Errorf("tls: %s and %s: %w", c.files[0], c.files[1], err)
	}
	c.current.Store(&pair)
	return true, nil
}

// leaf is the certificate itself.
func (c *certificate) leaf() *x509.Certificate { return c.current.Load().Leaf }

// Reload reads again what is in files and may change while the node runs: the certificate of TLS. A signal asks for it.
func (n *Node) Reload() {
	if n.certificate == nil {
		return
	}
	changed, err := n.certificate.reload()
	switch {
	case err != nil:
		n.log.Error("the new TLS certificate is no good, the old one stays in use", "error", err)
	case changed:
		n.log.Info("TLS certificate read", "until", n.certificate.leaf().NotAfter.UTC())
	}
}

// keepCertificate follows its files.
func (n *Node) keepCertificate(ctx context.Context) {
	if n.certificate == nil {
		return
	}
	var said time.Time
	every(ctx, certificateLook, func() {
		n.Reload()
		if now := n.now(); now.Sub(said) > 24*time.Hour && n.certificate.leaf().NotAfter.Sub(now) < certificateWarning {
			said = now
			n.log.Warn("the TLS certificate ends soon: renew it", "until", n.certificate.leaf().NotAfter.UTC())
		}
	})
}
