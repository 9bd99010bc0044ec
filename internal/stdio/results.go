package stdio

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
)

var (
	// ErrGone says that nobody will read any more: the other end is closed.
	ErrGone = errors.New("its reader is gone")
	// ErrStuck says that the reader did not read when the process was to end.
	ErrStuck = errors.New("it is not read")
)

// patience is how long a write may take once the process is to end.
const endPatience = time.Second

// Results writes to a file, and waits as long as its reader does not read. Once
// the process is to end, it waits for a second more. On a terminal, where both are
// seen, a result comes behind the diagnostics that were there before it.
type Results struct {
	file        File
	diagnostics *Diagnostics
	writes      chan []byte
	written     chan error    // the answers to todo
	done        chan struct{} // closed when the goroutine has ended

	mu     sync.Mutex
	ending <-chan struct{}
	buf    []byte // what is being written
	failed error  // for good
}

// NewResults returns a writer to file, and says are the diagnostics of the process.
// The caller closes it, and goes on owning both.
func NewResults(file File, says *Diagnostics) *Results {
	r := &Results{file: file, diagnostics: says, writes: make(chan []byte), written: make(chan error, 1), done: make(chan struct{})}
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

// EndWith says that the process is to end once ending is closed.
func (r *Results) EndWith(ending <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ending = ending
}

// Write implements io.Writer. After an error that wraps ErrGone or ErrStuck all
// others fail as well, at once.
func (r *Results) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return 0, r.failed
	}
	r.diagnostics.Flush(FlushWithin)
	// The goroutine may go on with it after we have given up.
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

// Gone reports whether a write has failed as the reader is gone.
func (r *Results) Gone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Is(r.failed, ErrGone)
}

// Fd returns the descriptor of the file, by which a terminal is recognised.
func (r *Results) Fd() uintptr { return r.file.Fd() }

// Close ends the goroutine. One that is still in a write ends with that.
func (r *Results) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.writes)
	if !errors.Is(r.failed, ErrStuck) {
		<-r.done
	}
	r.failed = errors.New("standard output is closed")
}
