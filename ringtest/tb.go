package ringtest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// TB is the part of testing.TB that a ring needs. *testing.T, *testing.B and *testing.F implement
// it, and so does what [Do] passes on.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Failed() bool
}

// Do calls f in a program or an example as if it were a test. It runs the cleanups, and returns one
// error with all failures and what was logged, or nil.
func Do(f func(TB)) error {
	t := &programTB{}
	t.call(func() { f(t) })
	for len(t.cleanups) > 0 {
		last := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		t.call(last)
	}
	if !t.Failed() {
		return nil
	}
	return errors.Join(t.lines...)
}

// programTB is a TB without a test.
type programTB struct {
	cleanups []func()

	mu     sync.Mutex
	lines  []error
	failed bool
}

// call calls f in a goroutine of its own, which Fatalf can end.
func (t *programTB) call(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func (t *programTB) Helper() {}

func (t *programTB) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *programTB) Logf(format string, args ...any) { t.log(false, format, args) }

func (t *programTB) Errorf(format string, args ...any) { t.log(true, format, args) }

func (t *programTB) Fatalf(format string, args ...any) {
	t.log(true, format, args)
	runtime.Goexit()
}

func (t *programTB) Failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

func (t *programTB) log(failed bool, format string, args []any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = t.failed || failed
	t.lines = append(t.lines, fmt.Errorf(format, args...))
}
