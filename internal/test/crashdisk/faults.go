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

// The kinds of operations. Opening a file that does not exist is an open and a
// create; with O_TRUNC, an open and a truncate. A lock that creates its file is a lock
// and a create.
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

// Change is everything that changes the disk, or what a crash leaves of it.
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

// Fault is an error to inject.
type Fault struct {
	Op    Op
	Name  string // only on files or directories with this base name; "" is any
	Skip  int    // how many operations succeed first
	Times int    // how many fail then; 0 is all
	Err   error  // nil is EIO
	// When, if not nil, is called for each operation that would fail, and lets it
	// succeed if it returns false. It must not use the disk.
	When func() bool
	// Done is how many bytes of a failing write are written nevertheless.
	Done int
	// Lose makes a failing sync like one of Linux that marks the pages clean:
	// programs still read what was written, and the next sync succeeds, but it is not
	// on the disk.
	Lose bool
	// Pretend makes a sync succeed without doing anything.
	Pretend bool
}

// Fail injects a fault. It ends when heal is called, after its Times, or with a
// crash. If several faults match an operation the first one that was injected is
// used.
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

// hang makes operations of some kinds wait.
type hang struct {
	op       Op
	released chan struct{}
}

// Hang makes all operations of some kinds wait until release is called, or until a
// crash, at which they fail.
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

// outcome says how an operation goes.
type outcome struct {
	err  error // nil if it succeeds
	done int   // bytes of a write that are written before it fails
	lose bool  // a failed sync loses what was not synced
	lies bool  // a sync does nothing
}

// begin begins every operation: it waits if it has to, counts changes, and decides
// how the operation goes. size is the size of a write. The caller holds mu, and must
// not look at anything before, since begin may give mu up.
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

// outcome returns how an operation goes that the fault matches.
func (f *Fault) outcome() outcome {
	if f.Pretend {
		return outcome{lies: true}
	}
	return outcome{err: f.Err, done: f.Done, lose: f.Lose}
}

// wait returns when no hang concerns operations of this kind. It gives mu up
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

// matches tells whether an operation is to fail by this fault, and counts it.
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
