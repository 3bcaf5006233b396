package client_test

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vierkant/vierkant/api/client"
)

// program stands in for a test where there is none: in an example.
type program struct {
	testing.TB
	cleanups []func()
}

func (p *program) Helper()                {}
func (p *program) Error(what ...any)      { log.Print(what...) }
func (p *program) Fatal(what ...any)      { log.Fatal(what...) }
func (p *program) Cleanup(cleanup func()) { p.cleanups = append(p.cleanups, cleanup) }

func (p *program) TempDir() string {
	folder, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	p.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// exampleService is a broker for an example.
type exampleService struct {
	*broker
	program *program
}

// start makes a broker, and a folder with a file to send and the keys of the destination.
func start() (*exampleService, string) {
	p := &program{}
	s, folder := &exampleService{newBroker(p), p}, p.TempDir()
	for name, content := range map[string][]byte{
		"antrag.pdf": []byte("%PDF-1.4 Antrag"), "decryption.jwk": encoded(s.keys.encryption), "signing.jwk": encoded(s.keys.signing),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			log.Fatal(err)
		}
	}
	return s, folder
}

func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func (s *exampleService) stop() {
	for _, cleanup := range slices.Backward(s.program.cleanups) {
		cleanup()
	}
}

func (s *exampleService) application(folder string) client.Application {
	return client.Application{
		Destination: destinationID, Service: serviceURN,
		Data: client.Data{Content: []byte(`{"betrieb":"Kaffeerösterei"}`), MIMEType: "application/json", SchemaURI: schemaJSON},
		Attachments: []client.Attachment{{
			Filename: "antrag.pdf", MIMEType: "application/pdf", Open: client.File(filepath.Join(folder, "antrag.pdf")),
		}},
	}
}

// send sends an application and keeps the receipt.
func (s *exampleService) send(folder string) client.Receipt {
	receipt := send(s.program, s.broker, s.application(folder))
	if err := os.WriteFile(filepath.Join(folder, "receipt.json"), encoded(receipt), 0o600); err != nil {
		log.Fatal(err)
	}
	return receipt
}

// sendAndDecide has the authority accept it, too.
func (s *exampleService) sendAndDecide(folder string) client.Receipt {
	receipt := s.send(folder)
	fetched, err := s.subscriber().Fetch(context.Background(), receipt.SubmissionID)
	if err != nil {
		log.Fatal(err)
	}
	defer fetched.Close()
	if err := s.subscriber().Accept(context.Background(), fetched); err != nil {
		log.Fatal(err)
	}
	return receipt
}
