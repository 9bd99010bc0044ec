package ringtest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// TB is what a ring needs of a test: *testing.T, *testing.B and *testing.F have it,
// and so has what [Do] gives.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Failed() bool
}

// Do does in a program, or in an example, what is done in a test otherwise, and
// returns as one error what failed. It cleans up before it returns. What is logged
// is dropped, unless something failed: then it is in the error too.
func Do(f func(TB)) error {
	t := &outside{}
	t.call(func() { f(t) })
	for len(t.cleanups) > 0 {
		last := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		t.call(last)
	}
	if !t.Failed() {
		return nil
	}
	return errors.Join(t.said...)
}

// outside is a TB where there is no test.
type outside struct {
	cleanups []func()

	mu     sync.Mutex
	said   []error
	failed bool
}

// call calls f where Fatalf may end it.
func (t *outside) call(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func (t *outside) Helper() {}

func (t *outside) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *outside) Logf(format string, args ...any) { t.say(false, format, args) }

func (t *outside) Errorf(format string, args ...any) { t.say(true, format, args) }

func (t *outside) Fatalf(format string, args ...any) {
	t.say(true, format, args)
	runtime.Goexit()
}

func (t *outside) Failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

func (t *outside) say(failed bool, format string, args []any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = t.failed || failed
	t.said = append(t.said, fmt.Errorf(format, args...))
}
