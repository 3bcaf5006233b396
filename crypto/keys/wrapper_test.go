package keys_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vierkant/vierkant/crypto/keys"
)

func newWrapper(t testing.TB) (*keys.Wrapper, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wrap.key")
	wrapper, err := keys.CreateWrapper(path)
	if err != nil {
		t.Fatal(err)
	}
	return wrapper, path
}

func TestWrapperSurvivesRestart(t *testing.T) {
	t.Parallel()
	created, path := newWrapper(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 || info.Size() != 32 {
		t.Fatalf("got %v %d bytes, %v, want -rw------- 32", info.Mode(), info.Size(), err)
	}
	wrapped, err := created.Wrap([]byte("secret"), "key/1")
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := keys.LoadWrapper(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := loaded.Unwrap(wrapped, "key/1")
	if err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v, want secret", got, err)
	}
	if !bytes.Equal(loaded.MACKey("log"), created.MACKey("log")) {
		t.Error("MACKey differs after loading")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	wrapper, _ := newWrapper(t)
	for _, plain := range []string{"", "x", strings.Repeat("long ", 10000)} {
		wrapped, err := wrapper.Wrap([]byte(plain), "context")
		if err != nil || len(wrapped) != len(plain)+29 {
			t.Fatalf("got %d bytes, %v, want 29 more than %d", len(wrapped), err, len(plain))
		}
		again, _ := wrapper.Wrap([]byte(plain), "context")
		if bytes.Equal(wrapped, again) {
			t.Error("the same bytes wrapped twice give the same result")
		}
		if got, err := wrapper.Unwrap(wrapped, "context"); err != nil || string(got) != plain {
			t.Errorf("got %d bytes, %v, want %d", len(got), err, len(plain))
		}
	}
}

func TestUnwrapRefuses(t *testing.T) {
	t.Parallel()
	wrapper, _ := newWrapper(t)
	other, _ := newWrapper(t)
	wrapped, err := wrapper.Wrap([]byte("secret"), "key/1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range wrapped {
		changed := bytes.Clone(wrapped)
		changed[i] ^= 1
		_, err := wrapper.Unwrap(changed, "key/1")
		wantError(t, err, keys.ErrUnwrap)
	}
	for i := range wrapped {
		_, err := wrapper.Unwrap(wrapped[:i], "key/1")
		wantError(t, err, keys.ErrUnwrap)
	}
	_, err = wrapper.Unwrap(wrapped, "key/2")
	wantError(t, err, keys.ErrUnwrap)
	_, err = other.Unwrap(wrapped, "key/1")
	wantError(t, err, keys.ErrUnwrap)
}

func TestMACKeysAreUnrelated(t *testing.T) {
	t.Parallel()
	wrapper, _ := newWrapper(t)
	other, _ := newWrapper(t)
	seen := map[string]string{}
	for name, key := range map[string][]byte{
		"log": wrapper.MACKey("log"), "index": wrapper.MACKey("index"), "none": wrapper.MACKey(""), "log of another": other.MACKey("log"),
	} {
		if len(key) != 32 || seen[string(key)] != "" {
			t.Errorf("%s: got %d bytes, equal to those of %q", name, len(key), seen[string(key)])
		}
		seen[string(key)] = name
	}
}

func TestCreateWrapperNeverOverwrites(t *testing.T) {
	t.Parallel()
	_, path := newWrapper(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = keys.CreateWrapper(path)
	wantError(t, err, fs.ErrExist)
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file changed")
	}
	_, err = keys.CreateWrapper(filepath.Join(filepath.Dir(path), "missing", "wrap.key"))
	wantError(t, err, fs.ErrNotExist)
}

func TestLoadWrapperRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name string, size int, mode fs.FileMode) string {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, make([]byte, size), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := map[string]struct{ path, says string }{
		"group may read":   {write("group", 32, 0o640), "mode 0640, so others than its owner may access it: chmod 600"},
		"others may read":  {write("others", 32, 0o604), "mode 0604"},
		"others may write": {write("write", 32, 0o602), "mode 0602"},
		"too short":        {write("short", 31, 0o600), "32 bytes, found 31"},
		"too long":         {write("long", 33, 0o600), "32 bytes, found 33"},
		"a folder":         {folder, "not a regular file"},
	}
	for name, c := range cases {
		_, err := keys.LoadWrapper(c.path)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error that says %q", name, err, c.says)
		}
	}
	_, err := keys.LoadWrapper(filepath.Join(folder, "missing"))
	wantError(t, err, fs.ErrNotExist)
}
