package crashdisk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
)

// Each kind of operation fails where it is told to, and nothing is done then.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		op Op
		do func(*Disk) error
	}{
		{OpOpen, func(d *Disk) error { _, err := d.OpenFile("log/a", os.O_RDWR); return err }},
		{OpCreate, func(d *Disk) error { _, err := d.OpenFile("log/b", appending); return err }},
		{OpRead, func(d *Disk) error { _, err := open(t, d, "log/a", os.O_RDWR).ReadAt(make([]byte, 1), 0); return err }},
		{OpWrite, func(d *Disk) error { _, err := open(t, d, "log/a", os.O_RDWR).Write([]byte("x")); return err }},
		{OpWrite, func(d *Disk) error { _, err := open(t, d, "log/a", os.O_RDWR).WriteAt([]byte("x"), 0); return err }},
		{OpSync, func(d *Disk) error { return open(t, d, "log/a", os.O_RDWR).Sync() }},
		{OpTruncate, func(d *Disk) error { return open(t, d, "log/a", os.O_RDWR).Truncate(1) }},
		{OpTruncate, func(d *Disk) error { _, err := d.OpenFile("log/a", os.O_RDWR|os.O_TRUNC); return err }},
		{OpRename, func(d *Disk) error { return d.Rename("log/a", "log/b") }},
		{OpRemove, func(d *Disk) error { return d.Remove("log/a") }},
		{OpMkdir, func(d *Disk) error { return d.MkdirAll("log/x") }},
		{OpSyncDir, func(d *Disk) error { return d.SyncDir("log") }},
		{OpReadDir, func(d *Disk) error { _, err := d.ReadDir("log"); return err }},
		{OpStat, func(d *Disk) error { _, err := d.Stat("log/a"); return err }},
		{OpStat, func(d *Disk) error { _, err := open(t, d, "log/a", os.O_RDWR).Stat(); return err }},
		{OpLock, func(d *Disk) error { _, err := d.Lock("log/a"); return err }},
	} {
		t.Run(test.op.String(), func(t *testing.T) {
			d := New("log")
			must(t, d.Put("log/a", []byte("text")))
			d.Fail(Fault{Op: Any &^ test.op, Name: "another"})
			heal := d.Fail(Fault{Op: test.op})
			for range 2 {
				if err := test.do(d); !errors.Is(err, syscall.EIO) {
					t.Errorf("%v", err)
				}
			}
			requireUndone(t, d)
			heal()
			if err := test.do(d); err != nil {
				t.Errorf("healed, it fails: %v", err)
			}
		})
	}
}

// requireUndone requires that log/a is all that there is.
func requireUndone(t *testing.T, d *Disk) {
	t.Helper()
	text, err := d.Contents("log/a")
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil || string(text) != "text" || len(d.names) != 2 || len(d.unsynced) != 0 {
		t.Errorf("something was done: %q, %v, %v", text, err, d.names)
	}
}

// A fault is for some files, some operations, and a time.
func TestFaultsAreChosen(t *testing.T) {
	d := New("log")
	a, b := open(t, d, "log/a", appending), open(t, d, "log/b", appending)
	mine := errors.New("mine")
	d.Fail(Fault{Op: OpSync | OpWrite, Name: "a", Skip: 1, Times: 2, Err: mine})
	var got []bool
	for range 5 {
		must(t, b.Sync())
		err := a.Sync()
		got = append(got, errors.Is(err, mine))
	}
	if fmt.Sprint(got) != "[false true true false false]" {
		t.Errorf("%v", got)
	}
}

// A write that fails may have done something.
func TestShortWrite(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	d.Fail(Fault{Op: OpWrite, Times: 1, Err: syscall.ENOSPC, Done: 3})
	if n, err := f.Write([]byte("12345")); n != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d, %v", n, err)
	}
	write(t, f, "45")
	requireFiles(t, d, "log", files{"a": "12345"})
}

// A disk is full when it is, and has room again when something is gone.
func TestLimit(t *testing.T) {
	d := New("log")
	old := open(t, d, "log/old", appending)
	write(t, old, "123456")
	f := open(t, d, "log/a", appending)
	d.Limit(10)
	if n, err := f.Write([]byte("abcdef")); n != 4 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := f.Write([]byte("x")); n != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk: %d, %v", n, err)
	}
	must(t, f.Sync())
	must(t, d.Remove("log/old"))
	if n, _ := f.Write([]byte("x")); n != 0 {
		t.Error("what is still open takes no room")
	}
	must(t, old.Close())
	write(t, f, "efghij")
	if n, _ := f.Write([]byte("x")); n != 0 {
		t.Error("there is more room than there should be")
	}
	must(t, d.SyncDir("log"))
	must(t, f.Sync())
	g := open(t, d.Crash(KeepSynced()), "log/a", os.O_RDWR)
	if n, err := g.WriteAt([]byte("JK"), 9); n != 1 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("after a crash, over the end: %d, %v", n, err)
	}
}

// After a failed sync Linux takes what it could not write for written. The next
// sync succeeds, and all the same the data is not on the disk.
func TestFailedSyncLoses(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	must(t, d.SyncDir("log"))
	write(t, f, "one ")
	must(t, f.Sync())
	write(t, f, "two ")
	d.Fail(Fault{Op: OpSync, Times: 1, Lose: true})
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
	must(t, f.Sync())
	write(t, f, "three")
	must(t, f.Sync())
	requireFiles(t, d, "log", files{"a": "one two three"})
	requireFiles(t, d.Crash(KeepAll()), "log", files{"a": "one two three"})
	requireFiles(t, d.Crash(KeepSynced()), "log", files{"a": "one \x00\x00\x00\x00three"})
	requireFiles(t, d.Crash(KeepSome(rand.New(rand.NewPCG(1, 1)))), "log", files{"a": "one \x00\x00\x00\x00three"})
}

// A failed sync that loses nothing can be done again.
func TestFailedSync(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	must(t, d.SyncDir("log"))
	write(t, f, "text")
	d.Fail(Fault{Op: OpSync, Times: 1})
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
	must(t, f.Sync())
	requireFiles(t, d.Crash(KeepSynced()), "log", files{"a": "text"})
}

// What hangs goes on when it is released, or fails at the crash. Meanwhile
// other kinds of operations go on. It works in a bubble.
func TestHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New("log")
		f := open(t, d, "log/a", appending)
		must(t, d.SyncDir("log"))
		write(t, f, "text")
		release := d.Hang(OpSync)
		defer release()
		done := make(chan error, 1)
		go func() { done <- f.Sync() }()
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("it does not hang: %v", err)
		default:
		}
		write(t, f, " and more")
		release()
		must(t, <-done)

		d.Hang(OpSync | OpRead)
		go func() { done <- f.Sync() }()
		synctest.Wait()
		after := d.Crash(KeepSynced())
		if err := <-done; !errors.Is(err, ErrCrashed) {
			t.Errorf("after the crash: %v", err)
		}
		requireFiles(t, after, "log", files{"a": "text and more"})
	})
}

// Many may use it at once; the race detector looks on.
func TestConcurrentUse(t *testing.T) {
	d := New("log")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := fmt.Sprint("log/", i)
			f, err := d.OpenFile(name, appending)
			if err != nil {
				t.Error(err)
				return
			}
			for range 50 {
				_, w := f.Write([]byte("text"))
				_, r := d.ReadDir("log")
				if err := errors.Join(w, f.Sync(), r, d.SyncDir("log"), f.Close()); err != nil {
					t.Error(err)
				}
				if f, err = d.OpenFile(name, appending); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	after := d.Crash(KeepSynced())
	for i := range 8 {
		if got, _ := content(t, after, fmt.Sprint("log/", i)); got != strings.Repeat("text", 50) {
			t.Errorf("file %d has %d bytes", i, len(got))
		}
	}
}
