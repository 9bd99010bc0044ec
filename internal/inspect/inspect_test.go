package inspect_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"xlattice.org/zog/internal/inspect"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
)

// line returns the line of message seq of run A.1.
func line(seq int) string { return lineOf("A", seq) }

func lineOf(origin string, seq int) string {
	return fmt.Sprintf("2026-11-22T10:26:00Z %s.1.%d text %d\r\n", origin, seq, seq)
}

func linesOf(origin string, first, last int) string {
	var all strings.Builder
	for seq := first; seq <= last; seq++ {
		all.WriteString(lineOf(origin, seq))
	}
	return all.String()
}

// directory makes a log directory from pairs of name and content.
func directory(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		write(t, filepath.Join(dir, files[i]), files[i+1], os.O_TRUNC)
	}
	return dir
}

func write(t *testing.T, path, content string, flag int) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|flag, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(content); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *inspect.Dir {
	t.Helper()
	d, err := inspect.Open("A", dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// said is all that was found in a directory.
func said(t *testing.T, d *inspect.Dir) string {
	t.Helper()
	held, err := d.Held(t.Context())
	if err != nil {
		return "error: " + err.Error()
	}
	var words []string
	for _, r := range held {
		words = append(words, verify.Text(r))
	}
	for _, f := range d.Findings(0) {
		words = append(words, fmt.Sprint(f.Kind, " ", verify.Text(f.Range)))
	}
	for _, dam := range d.Damage() {
		words = append(words, fmt.Sprintf("%s:%d+%d", dam.File, dam.Offset, dam.Bytes))
	}
	return strings.Join(append(words, d.Notes()...), "; ")
}

func TestHeld(t *testing.T) {
	three, size := linesOf("A", 1, 3), len(line(1))
	tests := []struct {
		name  string
		files []string
		want  string
	}{
		{"one segment", []string{"access.log", three}, "A.1.1-3"},
		{"empty", []string{"access.log", ""}, ""},
		{"several, in the order of their numbers", []string{"access.log.9", line(1), "access.log.10", line(2), "access.log.100", line(3), "access.log", line(4)}, "A.1.1-4"},
		{"no active one", []string{"access.log.1", line(1), "access.log.2", line(2)}, "A.1.1-2"},
		{"other files", []string{"access.log", three, "access.log.01", "x", "access.log.0", "x", "access.log.1.gz", "x", ".access.log.1.index", "x", "access.log.-1", "x", "error.log", "x", "error.log.1", "x"}, "A.1.1-3"},
		{"runs that are mixed", []string{"access.log", line(1) + lineOf("B", 1) + line(2) + lineOf("B", 2)}, "A.1.1-2; B.1.1-2"},
		{"begins later", []string{"access.log", linesOf("A", 7, 9)}, "A.1.7-9"},
		{"a hole", []string{"access.log.1", three, "access.log", linesOf("A", 6, 9)}, "A.1.1-3; A.1.6-9"},
		{"twice", []string{"access.log", three + line(2) + line(3) + line(4)}, "A.1.1-4; twice A.1.2-3"},
		{"segments in the wrong order", []string{"access.log.1", linesOf("A", 4, 6), "access.log.2", three}, "A.1.1-6; late A.1.1-3"},
		{"late, between others", []string{"access.log", line(1) + line(5) + line(3) + line(2) + line(4)}, "A.1.1-5; late A.1.2-4"},
		{"a bad line", []string{"access.log", line(1) + "no record\r\n" + line(2)}, fmt.Sprintf("A.1.1-2; access.log:%d+11", size)},
		{"bad lines, side by side", []string{"access.log", line(1) + "no record\r\n\n\r\n" + line(2) + "x\n"}, fmt.Sprintf("A.1.1-2; access.log:%d+14; access.log:%d+2", size, 2*size+14)},
		{"a line in the place of another", []string{"access.log", line(1) + strings.Replace(line(2), "Z A", "Z_A", 1) + line(3)}, fmt.Sprintf("A.1.1; A.1.3; access.log:%d+%d", size, size)},
		{"no CR", []string{"access.log", strings.ReplaceAll(three, "\r", "")}, fmt.Sprintf("access.log:0+%d", len(three)-3)},
		{"far too long", []string{"access.log", line(1) + strings.Repeat("x", 3<<20) + "\n" + line(2)}, fmt.Sprintf("A.1.1-2; access.log:%d+%d", size, 3<<20+1)},
		{"torn, and nobody writes", []string{"access.log", three + line(4)[:9]}, fmt.Sprintf("A.1.1-3; access.log:%d+9", 3*size)},
		{"torn between CR and LF", []string{"access.log", three + line(4)[:size-1]}, fmt.Sprintf("A.1.1-3; access.log:%d+%d", 3*size, size-1)},
		{"torn, in an older segment", []string{"access.log.1", line(1) + line(2)[:9], "access.log", line(3)}, fmt.Sprintf("A.1.1; A.1.3; access.log.1:%d+9", size)},
		{"zeros at the end", []string{"access.log", three + strings.Repeat("\x00", 500)}, fmt.Sprintf("A.1.1-3; access.log:%d+500", 3*size)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := said(t, open(t, directory(t, tt.files...))); got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

// Held reads on from where it stood, also when the file has another name now.
func TestHeldAgain(t *testing.T) {
	dir := directory(t, "access.log.1", line(1), "access.log", line(2))
	d := open(t, dir)
	expect := func(want string, bytes int) {
		t.Helper()
		if got := said(t, d); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
		if got := d.Progress(); got != int64(bytes) {
			t.Errorf("%d bytes were read, want %d", got, bytes)
		}
	}
	size := len(line(1))
	active := filepath.Join(dir, "access.log")
	expect("A.1.1-2", 2*size)
	expect("A.1.1-2", 2*size)
	write(t, active, line(3)+line(4)[:9], os.O_APPEND)
	expect("A.1.1-3", 3*size)
	write(t, active, line(4)[9:]+line(5), os.O_APPEND)
	rename(t, active, filepath.Join(dir, "access.log.2"))
	expect("A.1.1-5", 5*size)
	write(t, active, line(6), 0)
	expect("A.1.1-6", 6*size)
	write(t, active, line(7), os.O_APPEND)
	rename(t, active, filepath.Join(dir, "access.log.3"))
	write(t, filepath.Join(dir, "access.log.4"), line(8), 0)
	write(t, active, line(9), 0)
	expect("A.1.1-9", 9*size)
}

// An active segment that others have moved away is not the one that is there
// now, also if that is longer.
func TestAnotherActiveSegment(t *testing.T) {
	dir := directory(t, "access.log", line(1))
	d := open(t, dir)
	active := filepath.Join(dir, "access.log")
	if got := said(t, d); got != "A.1.1" {
		t.Errorf("found %q", got)
	}
	rename(t, active, filepath.Join(dir, "moved"))
	write(t, active, linesOf("A", 2, 5), 0)
	if got := said(t, d); got != "A.1.1-5" {
		t.Errorf("found %q", got)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// A last line that is being written is none that was torn off.
func TestALineThatIsBeingWritten(t *testing.T) {
	for _, whole := range []bool{true, false} {
		t.Run(fmt.Sprint("whole in the end: ", whole), func(t *testing.T) {
			dir := directory(t, "access.log", line(1)+line(2)[:9])
			d := open(t, dir)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for d.Progress() == 0 {
					time.Sleep(time.Millisecond)
				}
				end := 20
				if whole {
					end = len(line(2))
				}
				write(t, filepath.Join(dir, "access.log"), line(2)[9:end], os.O_APPEND)
			}()
			want := "A.1.1-2"
			if !whole {
				want = "A.1.1; is being written to; its last line is not whole yet"
			}
			if got := said(t, d); got != want {
				t.Errorf("found %q, want %q", got, want)
			}
			<-done
		})
	}
}

func TestDigests(t *testing.T) {
	dir := directory(t, "access.log.1", linesOf("A", 1, 5)+linesOf("B", 1, 5), "access.log", "no record\n"+linesOf("A", 6, 9)+line(10)[:7])
	run := marks.Run{Origin: "A", Boot: 1}
	question := []marks.Mark{{Run: run, First: 2, Seq: 8}, {Run: run, First: 9, Seq: 10}, {Run: marks.Run{Origin: "B", Boot: 1}, First: 5, Seq: 5}}
	d := open(t, dir)
	got, err := d.Digests(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	// The same lines, in one segment and in another order.
	other := directory(t, "access.log", linesOf("B", 1, 5)+linesOf("A", 1, 9))
	want, err := open(t, other).Digests(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	if got[0] == "" || got[1] != "" || got[2] == "" {
		t.Errorf("digests %x", got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if held := said(t, d); held == "" {
		t.Error("after digests nothing is held")
	}
	// No more is read than has to be.
	before := d.Progress()
	if _, err := d.Digests(t.Context(), question[:1]); err != nil {
		t.Fatal(err)
	}
	if read, all := d.Progress()-before, int64(len(linesOf("A", 1, 9)+linesOf("B", 1, 5))); read >= all {
		t.Errorf("%d bytes were read, of %d", read, all)
	}
}

func TestNoLog(t *testing.T) {
	if _, err := inspect.Open("A", directory(t, "error.log", "x", "error.log.1", "x", "access.log.01", "x")); !errors.Is(err, inspect.ErrNoLog) {
		t.Errorf("%v", err)
	}
	if _, err := inspect.Open("A", filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	file := filepath.Join(directory(t, "file", "x"), "file")
	if _, err := inspect.Open("A", file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v", err)
	}
}

// What cannot be read is an error that names it; a name behind which there is
// nothing is passed over.
func TestUnreadable(t *testing.T) {
	dir := directory(t, "access.log", line(1))
	if err := os.Mkdir(filepath.Join(dir, "access.log.7"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := said(t, open(t, dir)); !strings.HasPrefix(got, "error: ") || !strings.Contains(got, "access.log.7") {
		t.Errorf("found %q", got)
	}
	dir = directory(t, "access.log", line(1))
	if err := os.Symlink("nowhere", filepath.Join(dir, "access.log.7")); err != nil {
		t.Fatal(err)
	}
	if got := said(t, open(t, dir)); got != "A.1.1" {
		t.Errorf("found %q", got)
	}
}

func TestSize(t *testing.T) {
	size, err := open(t, directory(t, "access.log.1", linesOf("A", 1, 5), "access.log", line(6), "error.log", "x", "error.log.1", "x")).Size()
	if want := int64(len(linesOf("A", 1, 6))); err != nil || size != want {
		t.Errorf("%d, %v, want %d", size, err, want)
	}
}
