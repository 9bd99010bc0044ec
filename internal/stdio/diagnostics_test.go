package stdio

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is how long Close may take where nothing holds it up.
const soon = 30 * time.Second

func pipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close(); write.Close() })
	return read, write
}

// quiet is diagnostics of which there are none.
func quiet(t *testing.T) *Diagnostics {
	d := NewDiagnostics(new(script))
	t.Cleanup(func() { d.Close(soon) })
	return d
}

// script is a file whose writes do what the test says.
type script struct {
	mu    sync.Mutex
	text  bytes.Buffer
	write func(p []byte) (int, error) // nil: all is well
}

func (s *script) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.write == nil {
		return s.text.Write(p)
	}
	n, err := s.write(p)
	s.text.Write(p[:n])
	return n, err
}

func (s *script) Fd() uintptr { return 2 }

func (s *script) becomes(write func(p []byte) (int, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write = write
}

func (s *script) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func TestLinesKeepTheirOrder(t *testing.T) {
	read, write := pipe(t)
	d := NewDiagnostics(write)
	const lines = 2_000
	go func() {
		for n := range lines {
			fmt.Fprintf(d, "line %d\n", n)
		}
		d.Close(soon)
		write.Close()
	}()
	text := bufio.NewScanner(read)
	for n := range lines {
		if want := fmt.Sprint("line ", n); !text.Scan() || text.Text() != want {
			t.Fatalf("%q, want %q", text.Text(), want)
		}
	}
	if text.Scan() {
		t.Errorf("one line too many: %q", text.Text())
	}
}

// A pipe that nobody reads fills up. Nobody who writes waits for it, and once it
// is read again the note tells exactly how many lines are not there.
func TestAFullPipeBlocksNobody(t *testing.T) {
	read, write := pipe(t)
	d := NewDiagnostics(write)
	const lines = 4_000
	line := strings.Repeat("x", 999) + "\n" // more than the queue and the pipe hold
	for range lines {
		if n, err := d.Write([]byte(line)); n != len(line) || err != nil {
			t.Fatal(n, err)
		}
	}
	if d.Close(time.Millisecond) {
		t.Error("it is closed, and says that everything was written")
	}
	got := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(read)
		got <- all
	}()
	<-d.done // it ends as soon as it can write
	write.Close()
	whole, dropped, notes := 0, 0, 0
	for text := range strings.Lines(string(<-got)) {
		more := 0
		if text == line {
			whole++
		} else if n, _ := fmt.Sscanf(text, "%d lines of diagnostics were dropped", &more); n == 1 {
			dropped += more
			notes++
		} else {
			t.Fatalf("neither a line nor a note: %q", text)
		}
	}
	if whole+dropped != lines || notes != 1 {
		t.Errorf("%d lines were written and %d dropped, of %d, in %d notes", whole, dropped, lines, notes)
	}
	if (whole+1)*len(line) < maxQueued {
		t.Errorf("only %d lines were kept", whole)
	}
}

// A reader that is slow gets lines and notes in their order. Of lines that are
// numbered, each is there or counted in the note at its place.
func TestASlowReaderGetsNotesWhereLinesLack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &script{write: func(p []byte) (int, error) {
			time.Sleep(time.Millisecond) // virtual
			return len(p), nil
		}}
		d := NewDiagnostics(out)
		const lines = 6_000
		for n := range lines {
			fmt.Fprintf(d, "%01000d\n", n)
			if n%1_500 == 0 {
				time.Sleep(800 * time.Millisecond) // in which 800 are written
			}
		}
		if !d.Close(time.Hour) {
			t.Fatal("it is not closed")
		}
		next, notes := 0, 0
		for text := range strings.Lines(out.String()) {
			var n int
			if _, err := fmt.Sscanf(text, "%d lines of", &n); err == nil {
				next += n
				notes++
			} else if _, err := fmt.Sscanf(text, "%d\n", &n); err != nil || n != next {
				t.Fatalf("line %q where number %d belongs: %v", text, next, err)
			} else {
				next++
			}
		}
		if next != lines || notes < 2 || notes > 10 {
			t.Errorf("%d of %d lines are accounted for, in %d notes", next, lines, notes)
		}
	})
}

// With its reader gone, every line is dropped, and the process is not ended by
// SIGPIPE. (Only for descriptors 1 and 2 would it be: see the tests of whole
// processes.)
func TestAClosedPipeDropsLines(t *testing.T) {
	read, write := pipe(t)
	read.Close()
	d := NewDiagnostics(write)
	for range 100 {
		fmt.Fprintln(d, "nobody hears this")
	}
	if !d.Close(soon) {
		t.Error("it is not closed")
	}
	if d.lost != 100 {
		t.Errorf("%d lines are counted as lost, want 100", d.lost)
	}
}

// A disk that is full, a terminal that has hung up: when it can be written to
// again, a note comes first. Half a line that was written gets an end.
func TestWritingGoesOnAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := new(script)
		d := NewDiagnostics(out)
		say := func(text string) {
			fmt.Fprintln(d, text)
			synctest.Wait()
		}
		say("one")
		out.becomes(func([]byte) (int, error) { return 3, syscall.ENOSPC })
		say("two")
		out.becomes(func([]byte) (int, error) { return 0, syscall.EIO })
		say("three")
		out.becomes(nil)
		say("four")
		say("five")
		if !d.Close(soon) {
			t.Fatal("it is not closed")
		}
		if got, want := out.String(), "one\ntwo\n2 lines of diagnostics were dropped\nfour\nfive\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// The note comes also if nothing is said after it, and it has the format that
// was asked for.
func TestANoteNeedsNoLineBehindIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, held := new(script), make(chan struct{})
		out.becomes(func(p []byte) (int, error) {
			<-held
			return len(p), nil
		})
		d := NewDiagnostics(out)
		d.SetNote(func(n int) []byte { return fmt.Appendf(nil, `{"dropped":%d}`+"\n", n) })
		fmt.Fprintln(d, "first")
		synctest.Wait()
		d.Write(make([]byte, maxQueued+1))
		d.Write(make([]byte, maxQueued))
		close(held)
		synctest.Wait()
		if got, want := out.String(), "first\n"+`{"dropped":2}`+"\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		d.Close(soon)
		if n, err := d.Write([]byte("too late\n")); n == 0 || err != nil {
			t.Errorf("after the end: %d, %v", n, err)
		}
	})
}

func TestDropped(t *testing.T) {
	for n, want := range map[int]string{1: "1 line of diagnostics was dropped", 2: "2 lines of diagnostics were dropped"} {
		if got := Dropped(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
