package seal_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/vierkant/vierkant/crypto/keys"
	"github.com/vierkant/vierkant/crypto/seal"
)

// A sender seals a large attachment while it is on its way.
func ExampleWriter() {
	destination := recipient().Public
	attachment := strings.NewReader(strings.Repeat("0123456789", 100_000))

	var out bytes.Buffer // or a request body
	writer, err := seal.NewWriter(&out, destination, "application/pdf")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(writer, attachment); err != nil {
		log.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		log.Fatal(err)
	}

	info, err := seal.Inspect(out.Bytes(), seal.V2Attachment())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("content:", info.Content, "bytes of", info.Header.Cty)
	fmt.Println("length as announced:", info.Size == seal.SealedSize(destination, "application/pdf", 1_000_000))
	fmt.Println("tag for the event log:", info.Tag == writer.Tag())
	// Output:
	// content: 1000000 bytes of application/pdf
	// length as announced: true
	// tag for the event log: true
}

// A receiver opens it to a file that is there when, and only when, the tag held.
func ExampleOpenFile() {
	var sealed bytes.Buffer // or a response body
	writer, err := seal.NewWriter(&sealed, recipient().Public, "text/plain")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.WriteString(writer, "Hiermit melde ich ein Gewerbe an."); err != nil {
		log.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		log.Fatal(err)
	}

	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "attachment")
	key := func(h seal.Header) (keys.Private, error) { return recipient(), nil } // or look h.KID up
	info, err := seal.OpenFile(path, &sealed, key, seal.V2Attachment(), 200_000_000)
	if err != nil {
		log.Fatal(err)
	}
	plaintext, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", info.Header.Cty, plaintext)
	// Output: text/plain: Hiermit melde ich ein Gewerbe an.
}
