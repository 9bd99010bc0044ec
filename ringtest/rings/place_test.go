package rings_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/ringtest"
)

// Whatever becomes of the files of a host while it runs, and though nobody tells it: within
// seconds it is noticed and said, and what is lost comes from the peers. Nothing of it is
// taken for retired.
func TestFilesThatAreNotWhereTheyWere(t *testing.T) {
	for name, tt := range map[string]struct {
		lose func(d *ringtest.Disk) []error
		said string
	}{
		"the log is linked and removed": {func(d *ringtest.Disk) []error {
			return []error{d.Link("access.log", "../backup"), d.Delete("access.log")}
		}, "access.log was removed, replaced or moved"},
		"a segment is removed": {func(d *ringtest.Disk) []error {
			return []error{d.Delete("access.log.1")}
		}, "lines are missing, as a segment is not where it was; peers are asked for them"},
		"all are moved out": {func(d *ringtest.Disk) []error {
			return []error{d.Rename("access.log.1", "../1"), d.Rename("access.log.2", "../2"), d.Rename("access.log", "../0")}
		}, "lines are missing, as a segment is not where it was; peers are asked for them"},
		"a segment is replaced": {func(d *ringtest.Disk) []error {
			return []error{d.Put("access.log.2", "not ours")}
		}, "was damaged, cut off or removed"},
		"a segment is cut": {func(d *ringtest.Disk) []error {
			return []error{d.Cut("access.log.2", 100)}
		}, "was damaged, cut off or removed"},
		"the directory is moved": {func(d *ringtest.Disk) []error {
			return []error{d.Move("moved")}
		}, "the log directory is not the one that was opened"},
		"the lock is removed": {func(d *ringtest.Disk) []error {
			return []error{d.Delete(".lock")}
		}, "the log directory is not the one that was opened"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3, ringtest.File(smallSegments))
				time.Sleep(2 * time.Second)
				for n := range 12 {
					r.send(n%3, texts("from one", 40)...)
					time.Sleep(100 * time.Millisecond)
				}
				for _, err := range tt.lose(r.hosts[0].Disk()) {
					if err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(6 * time.Second)
				if r.Said(tt.said) == 0 {
					t.Error("it is not said")
				}
				time.Sleep(20 * time.Second)
				r.hangUp(0)
				r.send(0, "and on")
				time.Sleep(5 * time.Second)
				r.requireSame(481, 0, 1, 2)
				if n := r.Said("nobody is asked"); n > 0 {
					t.Errorf("something is taken for retired, %d times", n)
				}
			})
		})
	}
}

// The lines for error.log go where it is, whatever becomes of the file or the directory.
func TestAnErrorLogThatIsNotWhereItWas(t *testing.T) {
	for name, lose := range map[string]func(d *ringtest.Disk) error{
		"removed":       func(d *ringtest.Disk) error { return d.Delete("error.log") },
		"renamed":       func(d *ringtest.Disk) error { return d.Rename("error.log", "error.log.1") },
		"the directory": func(d *ringtest.Disk) error { return d.Move("moved") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 1)
				refused := frame.Data{Text: []byte("no end")}
				r.ask(0, refused)
				time.Sleep(time.Second)
				if err := lose(r.hosts[0].Disk()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				r.ask(0, refused)
				time.Sleep(time.Second)
				if said, err := fs.ReadFile(r.hosts[0].Files(), "error.log"); err != nil || strings.Count(string(said), "\n") != 1 {
					t.Errorf("it has %q, %v", said, err)
				}
			})
		})
	}
}
