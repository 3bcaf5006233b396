package api

import (
	"io"
	"math"
	"net/http"
	"time"
)

// recorder remembers the status of an answer, also of one that a handler writes past echo, and hangs up on a client that does not take the
// answer. It passes ReadFrom on, so that a file still goes from disk to socket inside the kernel.
type recorder struct {
	http.ResponseWriter
	control *http.ResponseController
	pace    pace
	until   time.Time // the write deadline that is set
	status  int       // 0 until the answer has begun
}

// part is how much of an answer may go before its pace is looked at again.
const part = 256 << 10

func newRecorder(w http.ResponseWriter, grace time.Duration) *recorder {
	return &recorder{ResponseWriter: w, control: http.NewResponseController(w), pace: pace{grace: grace, rate: leastBps}}
}

// open limits how long the client may take to send a body that nobody may ever read: before the server answers, it drains what is left
// of it, and the answer has its own time after that. With no body the server is reading already, to learn that the client is gone, and
// that has no deadline. The server itself lifts deadlines between requests. They are on the real clock; a connection that has none, in a
// test, goes without.
func (r *recorder) open(request *http.Request) {
	deadline := r.pace.deadline(time.Now(), 0)
	r.takenUntil(deadline)
	if request.ContentLength != 0 {
		_ = r.control.SetReadDeadline(deadline)
		r.pace.grace *= 2
	}
}

// WriteHeader implements http.ResponseWriter. Informational answers (1xx) come before the answer.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
	}
	r.takenUntil(r.pace.deadline(time.Now(), 0))
	r.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (r *recorder) Write(p []byte) (int, error) {
	began := r.begin(int64(len(p)))
	n, err := r.ResponseWriter.Write(p)
	r.pace.moved(time.Since(began), int64(n))
	return n, err
}

// ReadFrom implements io.ReaderFrom. The kernel copies a file behind at most one io.LimitedReader, so a limit that is there is replaced
// and not wrapped.
func (r *recorder) ReadFrom(src io.Reader) (total int64, err error) {
	left := int64(math.MaxInt64)
	if limited, ok := src.(*io.LimitedReader); ok {
		left, src = limited.N, limited.R
	}
	for left > 0 {
		size := min(part, left)
		began := r.begin(size)
		n, err := io.Copy(r.ResponseWriter, &io.LimitedReader{R: src, N: size})
		r.pace.moved(time.Since(began), n)
		total, left = total+n, left-n
		if err != nil || n < size {
			return total, err
		}
	}
	return total, nil
}

// begin gives the client its time to take size bytes.
func (r *recorder) begin(size int64) time.Time {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	now := time.Now()
	r.takenUntil(r.pace.deadline(now, size))
	return now
}

// takenUntil sets the write deadline, unless the one that is set is nearly the same: most answers are over in a moment, and each setting moves a
// timer of the runtime.
func (r *recorder) takenUntil(deadline time.Time) {
	if later := deadline.Sub(r.until); later >= 0 && later < r.pace.grace/64 {
		return
	}
	r.until = deadline
	_ = r.control.SetWriteDeadline(deadline)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
