package actors

import (
	"fmt"
	"math"
	"syscall"

	"github.com/asynkron/protoactor-go/actor"
)

// room returns an error if less is free on the disk of the log than the ring file asks
// for, and else how many bytes may be written before it is asked again. A file system that
// does not say how full it is has room. was tells whether it had none.
func (a *AccessLog) freeSpace(was bool) (left int64, err error) {
	policy, dir := a.node.Ring().Log, a.node.Ring().LogDir(a.node.Name())
	space, err := a.node.FS.Space(dir)
	if err != nil {
		return math.MaxInt64, nil
	}
	want, short := space.Short(policy.MinFreeBytes, was)
	if !short {
		return (space.Free - want) / 2, nil
	}
	return 0, fmt.Errorf("%d bytes are free in %s, and %d must be (log.min_free_bytes): %w", space.Free, dir, want, syscall.ENOSPC)
}

// requireSpace looks at what is free before lines are written, if half of what was
// free over the limit has been written since. With each tend it is looked at too, as others
// write to the disk.
func (a *AccessLog) requireSpace() (err error) {
	if a.spaceLeft -= int64(len(a.lines)); a.spaceLeft < 0 {
		a.spaceLeft, err = a.freeSpace(a.lowSpace)
	}
	return err
}

// lookAtSpace makes the host not ready when too little is free, and ready again when
// there is room. Nothing may be gathered and not yet written.
func (a *AccessLog) checkSpace(ctx actor.Context) {
	var err error
	switch a.spaceLeft, err = a.freeSpace(a.lowSpace); {
	case err != nil:
		a.becomeLowOnSpace(ctx, err)
	case a.lowSpace:
		a.becomeReady(ctx)
	}
}

// becomeShort has everybody refuse messages while the log is in order: old segments are
// still retired, which may make room.
func (a *AccessLog) becomeLowOnSpace(ctx actor.Context, err error) {
	a.becomeUnavailable(ctx, err)
	a.lowSpace = true
	a.node.storage.set(err)
}
