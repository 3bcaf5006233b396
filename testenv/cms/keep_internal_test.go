package cms

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/api/client"
)

func fetched(name string) *client.Fetched {
	f := &client.Fetched{
		Ref:         client.Ref{SubmissionID: "f39ab143-d91a-474a-b69f-b00f1a1873c2"},
		RawMetadata: []byte("{}"), Data: client.ReceivedData{Content: []byte("<a/>"), MIMEType: "application/xml"},
		Log: client.Log{{Token: "a.b.c"}, {Token: "d.e.f"}},
	}
	f.Attachments = []client.ReceivedAttachment{{AttachmentInfo: client.AttachmentInfo{Filename: name}, Content: []byte("x")}}
	return f
}

// TestKeepNames: a stranger's file name stays in the folder and recognisable.
func TestKeepNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"antrag.pdf":                    "01-antrag.pdf",
		"":                              "01-",
		"..":                            "01-..",
		"../../etc/passwd":              "01-.._.._etc_passwd",
		`C:\Temp\x.exe`:                 "01-C__Temp_x.exe",
		"Größe\x00 1.pdf":               "01-Gr__e__1.pdf",
		strings.Repeat("a", 300) + ".p": "01-" + strings.Repeat("a", 78) + ".p",
	} {
		folder, err := keep(t.TempDir(), fetched(name))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if got, err := os.ReadFile(filepath.Join(folder, "attachments", want)); err != nil || string(got) != "x" {
			t.Errorf("%q: %v, want it as %s", name, err, want)
		}
	}
}

func TestKeepOnce(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first, err := keep(root, fetched("a"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := keep(root, fetched("b"))
	if err != nil || again != first {
		t.Errorf("keep again = %s, %v, want %s", again, err, first)
	}
	if log, err := os.ReadFile(filepath.Join(first, "events.txt")); err != nil || string(log) != "a.b.c\nd.e.f\n" {
		t.Errorf("events.txt = %q, %v, want two tokens", log, err)
	}
	left, err := os.ReadDir(root)
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v in the folder, want the submission alone", left, err)
	}
}

func TestKeepFails(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(root, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keep(root, fetched("a")); err == nil {
		t.Error("keep below a file: got no error")
	}
}
