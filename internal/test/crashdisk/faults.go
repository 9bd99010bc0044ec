package crashdisk

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Op is a set of kinds of operations.
type Op uint16

// The kinds. Opening a file that is not there is an open and a create, and
// one that is cut off by O_TRUNC an open and a truncate; a lock that makes its
// file is a lock and a create.
const (
	OpOpen Op = 1 << iota
	OpCreate
	OpRead
	OpWrite
	OpSync
	OpTruncate
	OpRename
	OpRemove
	OpMkdir
	OpSyncDir
	OpReadDir
	OpStat
	OpLock
	OpSpace
)

// Change is all that changes the disk, or what a crash leaves of it.
const Change = OpCreate | OpWrite | OpSync | OpTruncate | OpRename | OpRemove | OpMkdir | OpSyncDir

// Any is every kind.
const Any = Change | OpOpen | OpRead | OpReadDir | OpStat | OpLock | OpSpace

var opNames = [...]string{"open", "create", "read", "write", "sync", "truncate", "rename", "remove", "mkdir",
	"sync directory", "read directory", "stat", "lock", "space"}

func (o Op) String() string {
	var names []string
	for i, name := range opNames {
		if o&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}

// Fault is an error to be injected.
type Fault struct {
	Op    Op
	Name  string // only on files or directories with this base name; "" is any
	Skip  int    // so many operations succeed first
	Times int    // so many fail then; 0 is all
	Err   error  // nil is EIO
	// When is asked about each operation that would fail, and may let it pass; nil
	// lets none. It must not use the disk.
	When func() bool
	// Done is how many bytes of a failing write are written all the same.
	Done int
	// Lose makes a failing sync one after which Linux takes what was not
	// synced for clean: programs still read it and the next sync succeeds, but
	// it is not on the disk.
	Lose bool
	// Pretend makes a sync one that says that all is well, and does nothing.
	Pretend bool
}

// Fail injects a fault. heal ends it; so do its Times, and a crash. Of several
// that concern an operation, the first that was injected is the one.
func (d *Disk) Fail(f Fault) (heal func()) {
	if f.Err == nil {
		f.Err = syscall.EIO
	}
	if f.Times == 0 {
		f.Times = -1
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = append(d.faults, &f)
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.faults = slices.DeleteFunc(d.faults, func(other *Fault) bool { return other == &f })
	}
}

// hang is a kind of operations that wait.
type hang struct {
	op       Op
	released chan struct{}
}

// Hang lets all operations of some kinds wait until they are released, or until
// the crash, at which they fail.
func (d *Disk) Hang(op Op) (release func()) {
	h := &hang{op: op, released: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hangs = append(d.hangs, h)
	return sync.OnceFunc(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.hangs = slices.DeleteFunc(d.hangs, func(other *hang) bool { return other == h })
		close(h.released)
	})
}

// verdict is how an operation goes.
type outcome struct {
	err  error // nil if it succeeds
	done int   // bytes of a write that are written before it fails
	lose bool  // a failed sync loses what was not synced
	lies bool  // a sync that does nothing
}

// enter is the beginning of every operation: it waits if it has to, counts what
// changes the disk, and says how it goes. size is that of a write. The caller
// holds mu, and must look at nothing before.
func (d *Disk) begin(op Op, path string, size int) outcome {
	d.wait(op)
	if d.crashed() {
		return outcome{err: ErrCrashed}
	}
	if op&Change != 0 {
		d.count++
		d.last = op.String() + " " + path
		if d.count == d.crashAt {
			d.die()
			return outcome{err: ErrCrashed, done: size / 2}
		}
	}
	for _, f := range d.faults {
		if f.matches(op, path) {
			return f.outcome()
		}
	}
	return outcome{}
}

// verdict is how an operation goes that the fault concerns.
func (f *Fault) outcome() outcome {
	if f.Pretend {
		return outcome{lies: true}
	}
	return outcome{err: f.Err, done: f.Done, lose: f.Lose}
}

// wait returns when nothing makes operations of this kind wait. It gives up mu
// meanwhile.
func (d *Disk) wait(op Op) {
	for !d.crashed() {
		i := slices.IndexFunc(d.hangs, func(h *hang) bool { return h.op&op != 0 })
		if i < 0 {
			return
		}
		released := d.hangs[i].released
		d.mu.Unlock()
		select {
		case <-released:
		case <-d.dead:
		}
		d.mu.Lock()
	}
}

// concerns tells whether a fault is one of this operation, and counts it.
func (f *Fault) matches(op Op, path string) bool {
	switch {
	case f.Op&op == 0, f.Times == 0, f.Name != "" && f.Name != filepath.Base(path):
		return false
	case f.Skip > 0:
		f.Skip--
		return false
	case f.When != nil && !f.When():
		return false
	case f.Times > 0:
		f.Times--
	}
	return true
}
