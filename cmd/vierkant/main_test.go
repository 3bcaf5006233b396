package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var build = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "vierkant-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "vierkant")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return path, err
})

// program returns the path of the built binary.
func program(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := build(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// run runs the program and returns its output and exit status.
func run(t testing.TB, arguments ...string) (out string, status int) {
	t.Helper()
	cmd := exec.Command(program(t), arguments...)
	raw, _ := cmd.CombinedOutput()
	return string(raw), cmd.ProcessState.ExitCode()
}

func TestDemo(t *testing.T) {
	t.Parallel()
	out, status := run(t, "demo")
	if status != 0 || !strings.Contains(out, "2 applications, ") || !strings.Contains(out, "23 checks held") {
		t.Errorf("exit status %d, output:\n%s", status, out)
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	config := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	typo := config("typo.yaml", "environment: test\ndata: d\nlisten: 127.0.0.1:0\nbehind_proxi: true\n")
	open := config("open.yaml", "environment: test\ndata: d\nlisten: 0.0.0.0:80\n")
	good := config("good.yaml", "environment: production\ndata: d\nlisten: 127.0.0.1:0\npublic_url: https://broker.example\n")
	proxies := config("proxies.yaml", "environment: test\ndata: d\nlisten: 127.0.0.1:0\ntrusted_proxies: [10.0.0.0/8]\n")
	noNetwork := config("network.yaml", "environment: test\ndata: d\nlisten: 127.0.0.1:0\nbehind_proxy: true\ntrusted_proxies: [10.0.0.0/8, proxy.example]\n")
	trusting := config("trusting.yaml", "environment: test\ndata: d\nlisten: 127.0.0.1:0\nbehind_proxy: true\ntrusted_proxies: [\"::1\", 10.0.0.0/8]\nmemory_limit: 2GiB\n")
	proxied := config("proxied.yaml", "environment: test\ndata: d\nlisten: 127.0.0.1:0\nbehind_proxy: true\n")
	noSize := config("size.yaml", "environment: test\ndata: d\nlisten: 127.0.0.1:0\nmemory_limit: 2GB\n")
	tiny := config("tiny.yaml", "environment: test\ndata: d\nlisten: 127.0.0.1:0\nmemory_limit: 64MiB\n")
	occupied := config("decryption.jwk.json", "{}")
	for name, c := range map[string]struct {
		arguments []string
		status    int
		want      string
	}{
		"help":                  {[]string{"--help"}, 0, "Begin with"},
		"unknown command":       {[]string{"sned"}, 2, "unknown command"},
		"unknown flag":          {[]string{"up", "--prot", "1"}, 2, "vierkant up --help"},
		"argument too many":     {[]string{"demo", "now"}, 2, "takes no arguments"},
		"port out of range":     {[]string{"up", "--port", "65535"}, 2, "--port must be"},
		"serve without config":  {[]string{"serve"}, 2, "--config is required"},
		"config that is absent": {[]string{"check", "--config", "nowhere.yaml"}, 1, "nowhere.yaml"},
		"config with a typo":    {[]string{"check", "--config", typo}, 1, "behind_proxi"},
		"plain http outside":    {[]string{"check", "--config", open}, 1, "tls.certificate"},
		"check":                 {[]string{"check", "--config", good}, 0, "no key of a destination will be accepted"},
		"one URL for three":     {[]string{"up", "--data", filepath.Join(folder, "w"), "--public-url", "https://x"}, 2, "{env} or {port}"},
		"proxy without proxy":   {[]string{"check", "--config", proxies}, 1, "only together with behind_proxy"},
		"proxy by name":         {[]string{"check", "--config", noNetwork}, 1, `"proxy.example" is neither a network`},
		"trusted proxies":       {[]string{"check", "--config", trusting}, 0, "can serve test"},
		"any proxy":             {[]string{"check", "--config", proxied}, 0, "note: behind_proxy without trusted_proxies"},
		"memory in GB":          {[]string{"check", "--config", noSize}, 1, "512MiB or 4GiB"},
		"too little memory":     {[]string{"check", "--config", tiny}, 1, "at least 256MiB"},
		"route without place":   {[]string{"route", "--service", "99050012104000"}, 2, "exactly one of"},
		"no world":              {[]string{"route", "--service", "99050012104000", "--ars", "01", "--world", "w"}, 1, `is "vierkant up" running`},
		"unreachable broker": {[]string{
			"route", "--url", "http://127.0.0.1:1", "--service", "99050012104000", "--ars", "01",
		}, 3, "refused"},
		"strict without anchors": {[]string{
			"route", "--url", "http://127.0.0.1:1", "--env", "production", "--service", "99050012104000", "--ars", "01",
		}, 2, "--trust-anchors"},
		"send without data":   {[]string{"send"}, 2, "--data is required"},
		"keygen without name": {[]string{"keygen", "--out", folder}, 2, "--subject"},
		"keygen over a key":   {[]string{"keygen", "--out", filepath.Dir(occupied), "--subject", "X"}, 1, "never overwritten"},
		"rotate which":        {[]string{"keys", "rotate"}, 2, "--config or by --data"},
		"rotate real data":    {[]string{"keys", "rotate", "--data", folder, "--use", "service"}, 1, "not a folder of one environment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, status := run(t, c.arguments...)
			if status != c.status || !strings.Contains(out, c.want) {
				t.Errorf("got exit status %d and %q; want %d and %q", status, out, c.status, c.want)
			}
		})
	}
}
