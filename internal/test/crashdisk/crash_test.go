package crashdisk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"xlattice.org/zog/internal/disk"
)

type files = map[string]string

// What each kind of crash leaves of content that was synced in part.
func TestContentAfterACrash(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	must(t, d.SyncDir("log"))
	write(t, f, "synced")
	must(t, f.Sync())
	write(t, f, " and not")
	requireFiles(t, d.Crash(KeepSynced()), "log", files{"a": "synced"})
	requireFiles(t, d.Crash(KeepAll()), "log", files{"a": "synced and not"})
	found := map[string]bool{}
	for seed := range uint64(64) {
		got, _ := content(t, d.Crash(KeepSome(rand.New(rand.NewPCG(seed, 0)))), "log/a")
		found[got] = true
	}
	// The size may be known without what was written.
	zeros := "synced" + strings.Repeat("\x00", len(" and not"))
	if len(found) != 3 || !found["synced"] || !found["synced and not"] || !found[zeros] {
		t.Errorf("less than a unit is torn: %v", found)
	}
}

// A crash after kill -9 is another one: what was not synced still is not.
func TestKeptIsNotSynced(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	write(t, f, "text")
	once := d.Crash(KeepAll())
	requireFiles(t, once, "log", files{"a": "text"})
	requireFiles(t, once.Crash(KeepSynced()), "log", files{})

	once = d.Crash(KeepAll())
	must(t, once.SyncDir("log"))
	requireFiles(t, once.Crash(KeepSynced()), "log", files{"a": ""})

	once = d.Crash(KeepAll())
	must(t, open(t, once, "log/a", appending).Sync())
	must(t, once.SyncDir("log"))
	requireFiles(t, once.Crash(KeepSynced()), "log", files{"a": "text"})
}

// A crash tears a write at units, and may leave a later one without an earlier.
func TestTornWrites(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	must(t, d.SyncDir("log"))
	old := strings.Repeat("o", 700)
	write(t, f, old)
	must(t, f.Sync())
	text := strings.Repeat("n", 2000)
	write(t, f, text)
	torn, scattered := map[int]bool{}, false
	for seed := range uint64(500) {
		got, _ := content(t, d.Crash(KeepSome(rand.New(rand.NewPCG(seed, 0)))), "log/a")
		if !strings.HasPrefix(got, old) || strings.Trim(got[700:], "n\x00") != "" {
			t.Fatalf("what was synced is gone: %q", got)
		}
		if zeros := strings.IndexByte(got, 0); zeros < 0 {
			torn[len(got)] = true
		} else if strings.LastIndexByte(got, 'n') > zeros {
			scattered = true
		}
	}
	for _, size := range []int{700, 1024, 1536, 2048, 2560, 2700} {
		if !torn[size] {
			t.Errorf("never is it cut at %d", size)
		}
		delete(torn, size)
	}
	if len(torn) > 0 || !scattered {
		t.Errorf("cut inside of units: %v; a later unit without an earlier: %t", torn, scattered)
	}
}

// What was done to names and not synced is done up to some point.
func TestNamesAfterACrash(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	write(t, f, "1")
	must(t, f.Sync())
	must(t, d.SyncDir("log"))
	must(t, d.Rename("log/a", "log/b"))
	g := open(t, d, "log/a", appending)
	write(t, g, "2")
	must(t, g.Sync())
	must(t, d.Remove("log/b"))

	requireFiles(t, d.Crash(KeepSynced()), "log", files{"a": "1"})
	requireFiles(t, d.Crash(KeepAll()), "log", files{"a": "2"})
	found := map[string]int{}
	for seed := range uint64(200) {
		after := d.Crash(KeepSome(rand.New(rand.NewPCG(seed, 0))))
		a, isA := content(t, after, "log/a")
		b, isB := content(t, after, "log/b")
		found[fmt.Sprintf("%s %t %s %t", a, isA, b, isB)]++
	}
	want := []string{"1 true  false", " false 1 true", "2 true 1 true", "2 true  false"}
	for _, w := range want {
		if found[w] == 0 {
			t.Errorf("never is it %s", w)
		}
	}
	if len(found) != len(want) {
		t.Errorf("%v", found)
	}
}

// A directory is no more durable than what says that it is there.
func TestDirectoriesAfterACrash(t *testing.T) {
	for _, synced := range [][]string{{"x/y"}, {"x/y", "x"}, {"x/y", "."}, {"x", "."}, {"x/y", "x", "."}} {
		d := New()
		must(t, d.MkdirAll("x/y"))
		must(t, open(t, d, "x/y/a", appending).Sync())
		for _, dir := range synced {
			must(t, d.SyncDir(dir))
		}
		_, err := d.Crash(KeepSynced()).Stat("x/y/a")
		if want := len(synced) == 3; (err == nil) != want {
			t.Errorf("%v synced: %v", synced, err)
		}
	}
}

// A file that moved between two directories is in one of them.
func TestMovedBetweenDirectories(t *testing.T) {
	d := New("x", "y")
	must(t, open(t, d, "x/a", appending).Sync())
	must(t, d.Rename("x/a", "y/a"))
	must(t, d.SyncDir("y"))
	must(t, d.SyncDir("x"))
	requireFiles(t, d.Crash(KeepSynced()), "x", files{})
	requireFiles(t, d.Crash(KeepSynced()), "y", files{"a": ""})
}

// Nothing works any more on a disk that has crashed, whoever has it open.
func TestTheDeadDoNothing(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	write(t, f, "text")
	held, err := d.Lock("log/.lock")
	must(t, err)
	after := d.Crash(KeepAll())
	select {
	case <-d.Dead():
	default:
		t.Error("Dead is not closed")
	}
	again, err := after.Lock("log/.lock")
	if err != nil {
		t.Errorf("the lock has outlived the crash: %v", err)
	}
	defer again.Close()
	_, opened := d.OpenFile("log/a", os.O_RDONLY)
	_, listed := d.ReadDir("log")
	_, stat := d.Stat("log")
	_, locked := d.Lock("log/.lock")
	_, written := f.Write([]byte("x"))
	_, read := f.ReadAt(make([]byte, 1), 0)
	_, mine := f.Stat()
	for name, err := range map[string]error{
		"OpenFile": opened, "ReadDir": listed, "Stat": stat, "Lock": locked, "Write": written, "ReadAt": read, "File.Stat": mine,
		"Sync": f.Sync(), "Truncate": f.Truncate(0), "Close": f.Close(), "unlock": held.Close(),
		"Rename": d.Rename("log/a", "log/b"), "Remove": d.Remove("log/a"), "MkdirAll": d.MkdirAll("x"), "SyncDir": d.SyncDir("log"),
	} {
		if !errors.Is(err, ErrCrashed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	requireFiles(t, after, "log", files{"a": "text", ".lock": ""})
}

// replace is how a file is replaced so that it is whole at any time: written
// beside, synced, renamed, and the directory synced.
func replace(d disk.FS, name, text string) error {
	f, err := d.OpenFile(name+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte(text)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := d.Rename(name+".new", name); err != nil {
		return err
	}
	return d.SyncDir("log")
}

// All points at which a program may die are tried by counting.
func Example() {
	for n := 1; ; n++ {
		d := New("log")
		if err := replace(d, "log/a", "old"); err != nil {
			fmt.Println(err)
		}
		d.CrashAt(n)
		err := replace(d, "log/a", "new")
		after := d.Crash(KeepSynced())
		text, _ := after.Contents("log/a")
		if err == nil {
			fmt.Printf("no crash: %s\n", text)
			return
		}
		fmt.Printf("crash at %s: %s\n", d.Last(), text)
	}
	// Output:
	// crash at create log/a.new: old
	// crash at write log/a.new: old
	// crash at sync log/a.new: old
	// crash at rename log/a.new: old
	// crash at sync directory log: old
	// no crash: new
}

// The crash comes at the change that was counted, and does a write by half.
func TestCrashAt(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	d.CrashAt(9)
	d.CrashAt(2)
	write(t, f, "whole ")
	if _, err := f.ReadAt(make([]byte, 1), 0); err != nil {
		t.Errorf("reading counts: %v", err)
	}
	if _, err := f.Write([]byte("halfdone")); !errors.Is(err, ErrCrashed) {
		t.Errorf("%v", err)
	}
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, ErrCrashed) {
		t.Errorf("after the crash: %v", err)
	}
	if d.Changes() != 3 || d.Last() != "write log/a" {
		t.Errorf("%d changes, the last %q", d.Changes(), d.Last())
	}
	requireFiles(t, d.Crash(KeepAll()), "log", files{"a": "whole half"})

	d = New("log")
	d.CrashAt(1)
	d.CrashAt(0)
	open(t, d, "log/a", appending)
}
