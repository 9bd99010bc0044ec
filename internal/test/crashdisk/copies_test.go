package crashdisk

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"testing"
)

// A copy is the disk as it is; neither changes the other from then on.
func TestCopy(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	_, err := f.Write([]byte("one"))
	must(t, err)
	other := d.Copy()
	_, err = f.Write([]byte("two"))
	must(t, err)
	if got, err := d.Contents("log/a"); string(got) != "onetwo" || err != nil {
		t.Errorf("the disk has %q, %v", got, err)
	}
	if got, err := other.Contents("log/a"); string(got) != "one" || err != nil {
		t.Errorf("the copy has %q, %v", got, err)
	}
	// What is not synced is not synced in the copy either.
	if got, _ := other.Crash(KeepSynced()).Contents("log/a"); len(got) > 0 {
		t.Errorf("after a crash the copy has %q", got)
	}
	must(t, f.Sync())
}

// What can be seen from outside, whatever faults there are.
func TestWhatIsSeen(t *testing.T) {
	d := New("log", "log/damaged")
	must(t, d.Put("log/b", []byte("12345")))
	must(t, d.Put("log/a", []byte("123")))
	must(t, d.Put("log/damaged/c", []byte("1")))
	d.Fail(Fault{Op: Any})
	if got := d.Names("log"); !slices.Equal(got, []string{"log/a", "log/b"}) {
		t.Errorf("in log are %v", got)
	}
	if a, none := d.Size("log/a"), d.Size("log/none"); a != 3 || none != 0 {
		t.Errorf("%d and %d bytes", a, none)
	}
	if used := d.Used(); used != 9 {
		t.Errorf("%d bytes are used", used)
	}
}

// A fault that is asked fires when it says so, and counts only then.
func TestWhen(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", os.O_CREATE|os.O_RDWR)
	asked := 0
	d.Fail(Fault{Op: OpSync, Skip: 1, Times: 1, When: func() bool { asked++; return asked == 3 }})
	for n, want := range []error{nil, nil, nil, syscall.EIO, nil} {
		if err := f.Sync(); !errors.Is(err, want) {
			t.Errorf("sync %d gives %v", n, err)
		}
	}
	if asked != 3 {
		t.Errorf("it was asked %d times", asked)
	}
}

// A sync that lies does nothing, as a crash shows.
func TestPretend(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	must(t, d.SyncDir("log"))
	heal := d.Fail(Fault{Op: OpSync, Pretend: true})
	_, err := f.Write([]byte("one"))
	must(t, err)
	must(t, f.Sync())
	if got, _ := d.Copy().Crash(KeepSynced()).Contents("log/a"); len(got) > 0 {
		t.Errorf("on the disk is %q", got)
	}
	heal()
	must(t, f.Sync())
	if got, _ := d.Crash(KeepSynced()).Contents("log/a"); string(got) != "one" {
		t.Errorf("on the disk is %q", got)
	}
}
