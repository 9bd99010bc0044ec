package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
)

// onDisk is a journal in a directory of the operating system, with some segments.
func realLog(t *testing.T) *real {
	r := &real{T: t, dir: filepath.Join(t.TempDir(), "log")}
	r.open()
	r.must(r.log(8))
	return r
}

func (r *real) path(name string) string { return filepath.Join(r.dir, name) }

// special puts something into the place of a file that is none.
func (r *real) special(name, kind string) {
	r.Helper()
	r.must(os.RemoveAll(r.path(name)))
	switch kind {
	case "a named pipe":
		r.must(syscall.Mkfifo(r.path(name), 0o600))
	case "a directory":
		r.must(os.MkdirAll(filepath.Join(r.path(name), "full"), 0o700))
	case "a symbolic link":
		r.must(os.WriteFile(r.path("theirs"), []byte("theirs"), 0o600))
		r.must(os.Symlink(r.path("theirs"), r.path(name)))
	}
}

// soon fails the test if something waits for what does not come.
func (r *real) soon(do func() error) error {
	r.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(30 * time.Second):
		r.Fatal("it hangs")
		return nil
	}
}

// start opens the journal, and closes it again if that can be done.
func (r *real) start() (recovery *journal.Recovery, err error) {
	cfg := journal.Config{FS: disk.OS{}, Dir: r.dir, Now: time.Now, SegmentBytes: segmentBytes, Sync: true}
	err = r.soon(func() error {
		j, found, err := journal.Open(cfg)
		if err == nil {
			recovery = found
			err = j.Close()
		}
		return err
	})
	return recovery, err
}

// What is no file in the place of one that the log needs is named at a start, in one
// line, and left as it is. While the log is kept it is trouble that ends with it.
func TestWhatIsNoFileIsNamed(t *testing.T) {
	for _, name := range []string{".lock", "access.log", "access.log.1", ".access.log.floors"} {
		for _, kind := range []string{"a named pipe", "a directory", "a symbolic link"} {
			t.Run(name+" is "+kind, func(t *testing.T) {
				r := realLog(t)
				r.must(r.Close())
				r.special(name, kind)
				for range 2 {
					_, err := r.start()
					if err == nil || !strings.Contains(err.Error(), r.path(name)+": "+kind+", not a regular file") || strings.Contains(err.Error(), "\n") {
						t.Errorf("%v", err)
					}
				}
				r.must(os.RemoveAll(r.path(name)))
				if _, err := r.start(); err != nil {
					t.Errorf("without it: %v", err)
				}
				if kind == "a symbolic link" {
					r.untouched()
				}
			})
		}
	}
}

func TestWhatBecomesNoFileIsNoticed(t *testing.T) {
	for _, name := range []string{".lock", "access.log", "access.log.1"} {
		r := realLog(t)
		r.special(name, "a named pipe")
		if err := r.soon(func() error { _, err := r.Maintain(); return err }); err == nil {
			t.Errorf("%s: it is not noticed", name)
		}
		for range 2 {
			err := r.soon(func() error { _, err := r.Recover(); return err })
			if err == nil || !strings.Contains(err.Error(), r.path(name)+": a named pipe, not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
		}
		r.must(os.Remove(r.path(name)))
		r.recover()
		r.must(r.Close())
	}
}

// untouched fails unless somebody's file is as it was.
func (r *real) untouched() {
	r.Helper()
	if now, err := os.ReadFile(r.path("theirs")); string(now) != "theirs" || err != nil {
		r.Errorf("their file has %q, %v", now, err)
	}
}

// A small file that is not needed is made anew in the place of what is none.
func TestWhatIsNotNeededIsMadeAnew(t *testing.T) {
	for _, name := range []string{".access.log.1.index", ".access.log.3.sums", ".access.log.floors.new", ".access.log.1.kept"} {
		for _, kind := range []string{"a named pipe", "a symbolic link"} {
			t.Run(name+" is "+kind, func(t *testing.T) {
				r := realLog(t)
				r.must(r.Close())
				r.special(name, kind)
				if _, err := r.start(); err != nil {
					t.Error(err)
				}
				r.open()
				r.must(r.soon(func() error { return r.log(8) }))
				r.holds(16)
				r.must(r.Close())
				if kind == "a symbolic link" {
					r.untouched()
				}
			})
		}
	}
}

// Somebody's file that has one of our names too is neither cut off nor written to.
func TestALinkedFileIsNotOverwritten(t *testing.T) {
	const theirs = "much that is dear to somebody, and no log"
	r := realLog(t)
	r.must(os.WriteFile(r.path("theirs"), []byte(theirs), 0o600))
	for n := range 20 {
		for _, name := range []string{".access.log.%d.sums", ".access.log.%d.index.new", ".access.log.%d.kept", ".access.log.floors.new"} {
			if strings.Contains(name, "%d") {
				name = fmt.Sprintf(name, n+5)
			}
			_ = os.Remove(r.path(name)) // there may be none
			r.must(os.Link(r.path("theirs"), r.path(name)))
		}
	}
	r.must(r.log(20))
	r.spoil("no 2\r")
	s := r.Scrubber()
	for err := error(nil); err == nil; err = s.Next() {
	}
	r.must(s.Close())
	r.recover()
	r.SetPolicy(0, 0, 1)
	_, err := r.Maintain()
	r.must(err)
	r.must(r.Close())
	if now, err := os.ReadFile(r.path("theirs")); string(now) != theirs || err != nil {
		t.Errorf("it has %q, %v", now, err)
	}
}

// What waits in damaged/ and is no file is left as it is, and said.
func TestWhatWaitsAndIsNoFile(t *testing.T) {
	r := realLog(t)
	r.must(r.Close())
	r.must(os.MkdirAll(r.path("damaged"), 0o700))
	r.special("damaged/x.rest", "a named pipe")
	recovery, err := r.start()
	if err != nil || len(recovery.Ignored) != 1 || !strings.Contains(recovery.Ignored[0].Error(), "x.rest: a named pipe") {
		t.Errorf("%+v, %v", recovery, err)
	}
}

// A log directory may be a link to one.
func TestALinkedDirectory(t *testing.T) {
	r := realLog(t)
	r.must(r.Close())
	link := r.dir + "-link"
	r.must(os.Symlink(r.dir, link))
	r.dir = link
	r.open()
	r.must(r.log(4))
	_, err := r.Maintain()
	r.must(err)
	r.must(errors.Join(os.Remove(link), os.Mkdir(link, 0o700)))
	if _, err := r.Maintain(); err == nil {
		t.Error("it is not noticed that it leads elsewhere")
	}
	r.recover()
	if seq := r.Marks().Seq(la); seq != 0 {
		t.Errorf("in an empty directory %d messages are there", seq)
	}
	r.must(r.Close())
}
