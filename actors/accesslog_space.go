package actors

import (
	"fmt"
	"math"
	"syscall"

	"github.com/asynkron/protoactor-go/actor"
)

// freeSpace returns how many bytes may be written before the next check. It returns an error
// if less of the disk is free than log.min_free_bytes; after that, more must be free (was). A
// file system that does not say how much is free has enough.
func (a *accessLog) freeSpace(was bool) (left int64, err error) {
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

// requireSpace checks the free space before lines are written, once half of what was free
// above the limit has been written. Others write to the disk too, so that each maintenance
// checks it as well.
func (a *accessLog) requireSpace() (err error) {
	if a.spaceLeft -= int64(len(a.lines)); a.spaceLeft < 0 {
		a.spaceLeft, err = a.freeSpace(a.lowSpace)
	}
	return err
}

// checkSpace makes the host not ready when too little space is free, and ready again when
// there is enough. There must be no lines that are not written.
func (a *accessLog) checkSpace(ctx actor.Context) {
	var err error
	switch a.spaceLeft, err = a.freeSpace(a.lowSpace); {
	case err != nil:
		a.becomeLowOnSpace(ctx, err)
	case a.lowSpace:
		a.becomeReady(ctx)
	}
}

// becomeLowOnSpace makes the host refuse messages while the log is intact: segments are still
// retired, which may free space.
func (a *accessLog) becomeLowOnSpace(ctx actor.Context, err error) {
	a.becomeUnavailable(ctx, err)
	a.lowSpace = true
	a.node.storage.set(err)
}
