package stdio

import (
	"bufio"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// Standard output drops nothing. A reader that is slow is waited for.
func TestResultsAllArrive(t *testing.T) {
	read, write := pipe(t)
	r := NewResults(write, quiet(t))
	const lines = 2_000
	go func() {
		for n := range lines {
			fmt.Fprintf(r, "result %d\n", n)
		}
		r.Close()
		write.Close()
	}()
	text := bufio.NewScanner(read)
	n := 0
	for ; text.Scan(); n++ {
		if want := fmt.Sprint("result ", n); text.Text() != want {
			t.Fatalf("%q, want %q", text.Text(), want)
		}
	}
	if n != lines {
		t.Errorf("%d results, want %d", n, lines)
	}
}

func TestResultsWhoseReaderIsGone(t *testing.T) {
	read, write := pipe(t)
	read.Close()
	r := NewResults(write, quiet(t))
	defer r.Close()
	for range 2 {
		if _, err := fmt.Fprintln(r, "a result"); !errors.Is(err, ErrGone) {
			t.Errorf("got %v", err)
		}
	}
	if !r.Gone() {
		t.Error("it does not know that its reader is gone")
	}
}

// A write that the reader holds up ends a second after the process is to end,
// and all that follow fail at once.
func TestResultsThatAreNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, held, ending := new(script), make(chan struct{}), make(chan struct{})
		out.becomes(func(p []byte) (int, error) {
			<-held
			return len(p), nil
		})
		r := NewResults(out, quiet(t))
		r.EndWith(ending)
		began := time.Now()
		time.AfterFunc(time.Hour, func() { close(ending) })
		for range 2 {
			if _, err := fmt.Fprintln(r, "a result"); !errors.Is(err, ErrStuck) {
				t.Errorf("got %v", err)
			}
		}
		if took := time.Since(began); took != time.Hour+endPatience {
			t.Errorf("it took %v", took)
		}
		r.Close()
		close(held) // the goroutine ends
	})
}

// What fails for another reason may work again.
func TestResultsOnAFullDisk(t *testing.T) {
	out := new(script)
	out.becomes(func([]byte) (int, error) { return 0, syscall.ENOSPC })
	r := NewResults(out, quiet(t))
	defer r.Close()
	if _, err := fmt.Fprintln(r, "a result"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	out.becomes(nil)
	if _, err := fmt.Fprintln(r, "another"); err != nil || out.String() != "another\n" || r.Gone() {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// A result stands behind the diagnostics before it, on a terminal that is slow too.
func TestResultsComeBehindDiagnostics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &script{write: func(p []byte) (int, error) {
			time.Sleep(time.Millisecond) // virtual
			return len(p), nil
		}}
		d := NewDiagnostics(out)
		r := NewResults(out, d)
		want := ""
		for n := range 100 {
			if n%3 == 0 {
				fmt.Fprintln(r, "result", n)
				want += fmt.Sprintln("result", n)
			} else {
				fmt.Fprintln(d, "line", n)
				want += fmt.Sprintln("line", n)
			}
		}
		r.Close()
		d.Close(soon)
		if got := out.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// Diagnostics that nobody reads delay results once, and again only after they have
// been read.
func TestResultsDoNotWaitForDiagnosticsThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, held := new(script), make(chan struct{})
		out.becomes(func(p []byte) (int, error) {
			<-held
			return len(p), nil
		})
		d := NewDiagnostics(out)
		r := NewResults(new(script), d)
		for _, want := range []time.Duration{FlushWithin, 0, 0} {
			fmt.Fprintln(d, "a line")
			began := time.Now()
			fmt.Fprintln(r, "a result")
			if took := time.Since(began); took != want {
				t.Errorf("it took %v, want %v", took, want)
			}
		}
		held <- struct{}{} // one of three is read: that is not enough
		synctest.Wait()
		began := time.Now()
		fmt.Fprintln(r, "a result")
		if took := time.Since(began); took != 0 {
			t.Errorf("with a reader that is slow it took %v", took)
		}
		for range 2 {
			held <- struct{}{}
		}
		synctest.Wait()
		fmt.Fprintln(d, "a line")
		time.AfterFunc(time.Millisecond, func() { held <- struct{}{} })
		began = time.Now()
		fmt.Fprintln(r, "a result")
		if took := time.Since(began); took != time.Millisecond {
			t.Errorf("with a reader that reads again it took %v", took)
		}
		r.Close()
		d.Close(soon)
	})
}
