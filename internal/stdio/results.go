package stdio

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
)

var (
	// ErrGone says that the reader has closed its end.
	ErrGone = errors.New("its reader is gone")
	// ErrStuck says that the reader did not read, and the process was about to end.
	ErrStuck = errors.New("it is not read")
)

// endPatience is how long a write may take once the process is about to end.
const endPatience = time.Second

// Results writes to a file, and waits as long as the reader does not read; once the
// process is about to end, only a second longer. Diagnostics that were written before
// a result are flushed first, so that they come first on a terminal.
type Results struct {
	file        File
	diagnostics *Diagnostics
	writes      chan []byte
	written     chan error    // the results of writes
	done        chan struct{} // closed when the goroutine has ended

	mu     sync.Mutex
	ending <-chan struct{}
	buf    []byte // what is being written
	failed error  // the error of all later writes
}

// NewResults returns a writer to file; diagnostics are those of the process. The
// caller closes it, and keeps both.
func NewResults(file File, diagnostics *Diagnostics) *Results {
	r := &Results{file: file, diagnostics: diagnostics, writes: make(chan []byte), written: make(chan error, 1), done: make(chan struct{})}
	go r.run()
	return r
}

func (r *Results) run() {
	defer close(r.done)
	for p := range r.writes {
		_, err := r.file.Write(p)
		r.written <- err
	}
}

// EndWith says that the process is about to end once ending is closed.
func (r *Results) EndWith(ending <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ending = ending
}

// Write implements io.Writer. After an error that wraps ErrGone or ErrStuck all later
// calls fail at once.
func (r *Results) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return 0, r.failed
	}
	r.diagnostics.Flush(FlushWithin)
	// A copy: the goroutine may still use it after a timeout.
	r.buf = append(r.buf[:0], p...)
	r.writes <- r.buf
	err := r.await()
	switch {
	case err == nil:
		return len(p), nil
	case errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
		r.failed = fmt.Errorf("standard output: %w", ErrGone)
	case errors.Is(err, ErrStuck):
		r.failed = fmt.Errorf("standard output: %w", ErrStuck)
	default:
		return 0, err
	}
	return 0, r.failed
}

// await waits for the end of a write.
func (r *Results) await() error {
	select {
	case err := <-r.written:
		return err
	case <-r.ending:
	}
	late := time.NewTimer(endPatience)
	defer late.Stop()
	select {
	case err := <-r.written:
		return err
	case <-late.C:
		return ErrStuck
	}
}

// Gone reports whether a write has failed because the reader is gone.
func (r *Results) Gone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Is(r.failed, ErrGone)
}

// Fd returns the descriptor of the file, to find out whether it is a terminal.
func (r *Results) Fd() uintptr { return r.file.Fd() }

// Close ends the goroutine; if that is stuck in a write, it ends with that.
func (r *Results) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.writes)
	if !errors.Is(r.failed, ErrStuck) {
		<-r.done
	}
	r.failed = errors.New("standard output is closed")
}
