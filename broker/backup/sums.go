package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
)

// sums writes the list of digests, and digests it.
type sums struct {
	f    *os.File
	to   *bufio.Writer
	hash hash.Hash
}

func createSums(path string) (*sums, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	s := &sums{f: f, hash: sha256.New()}
	s.to = bufio.NewWriter(io.MultiWriter(f, s.hash))
	return s, nil
}

func (s *sums) add(digest, name string) error {
	_, err := fmt.Fprintf(s.to, "%s  %s\n", digest, filepath.ToSlash(name))
	return err
}

func (s *sums) close() (digest string, err error) {
	err = errors.Join(s.to.Flush(), s.f.Sync(), s.f.Close())
	return hex.EncodeToString(s.hash.Sum(nil)), err
}

// digestFile reads a file to its end.
func digestFile(ctx context.Context, path string) (digest string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	sum, buffer := sha256.New(), make([]byte, bufferSize)
	for {
		n, err := f.Read(buffer)
		sum.Write(buffer[:n])
		size += int64(n)
		if err == io.EOF {
			return hex.EncodeToString(sum.Sum(nil)), size, ctx.Err()
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return "", size, err
		}
	}
}

// line is one of SHA256SUMS.
type line struct{ digest, name string }

// readSums reads the list, which has to have a digest.
func readSums(folder, want string) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		path := filepath.Join(folder, sumsFile)
		if got, _, err := digestFile(context.Background(), path); err != nil || got != want {
			yield(line{}, errors.Join(fmt.Errorf("%s is not the one of the manifest", sumsFile), err))
			return
		}
		f, err := os.Open(path)
		if err != nil {
			yield(line{}, err)
			return
		}
		defer f.Close()
		scanner := bufio.NewScanner(f)
		known := regexp.MustCompile(`^([0-9a-f]{64})  (` + storeFile + `|` + keyFile + `|` + blobFolder + `/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32})$`)
		for scanner.Scan() {
			found := known.FindStringSubmatch(scanner.Text())
			if found == nil {
				yield(line{}, fmt.Errorf("%s has a line that no backup has", sumsFile))
				return
			}
			if !yield(line{found[1], filepath.FromSlash(found[2])}, nil) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield(line{}, err)
		}
	}
}
