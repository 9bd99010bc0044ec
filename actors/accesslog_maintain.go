package actors

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
)

// The part of the accessLog that looks after the files, beside writing to them.

const (
	// maintainEvery is how often this is done, with and without traffic: it finds files that
	// others have changed, and retires segments.
	maintainEvery = 5 * time.Second
	// forgetEvery is after how many times marks that no host needs are dropped.
	forgetEvery = 12
)

// reopen logs what came of it, except for an error, which is logged when stock is taken.
func (a *accessLog) reopen(ctx actor.Context) error {
	if !a.intact() {
		a.node.Log.WithError(a.node.storage.err()).Warn("access.log is not reopened: it cannot be written, and is tried again soon")
		return nil
	}
	if err := a.flush(ctx); err != nil {
		return err
	}
	moved, err := a.journal.Reopen()
	if err != nil {
		return err
	}
	a.afterRename(ctx, moved)
	a.node.Log.Info("access.log is reopened")
	return nil
}

// afterRename logs that somebody has renamed access.log, if so. Its messages may count as
// retired then.
func (a *accessLog) afterRename(ctx actor.Context, moved bool) {
	if moved {
		a.node.Log.Info("access.log was renamed; a new one is begun")
		a.marksAdvanced(ctx, a.journal.Marks().Marks())
	}
}

// maintain does the maintenance.
func (a *accessLog) maintain(ctx actor.Context) error {
	a.maintainTimer = sendAfter(ctx, maintainEvery, &maintainDue{})
	if !a.intact() {
		return nil
	}
	if err := a.flush(ctx); err != nil {
		return err
	}
	if a.ready() && a.batchLost(a.routerPosition) {
		ctx.Send(a.node.router(), &messages.RolledBack{Position: a.routerPosition})
	}
	a.routerPosition = a.node.position.Load()
	file := a.node.Ring()
	a.journal.SetPolicy(file.Log.SegmentAge, file.Log.RetainAge, file.RetainSegments())
	done, err := a.journal.Maintain()
	a.afterRename(ctx, done.Renamed)
	for _, path := range done.Retired {
		a.node.Log.WithField("file", path).Info("retired")
	}
	if done.RemoveErr != nil {
		a.node.Log.WithError(done.RemoveErr).Warn("a segment that need not be kept cannot be removed")
	}
	a.marksAdvanced(ctx, done.Moved)
	if err != nil {
		return err
	}
	a.logDoubt(done.ClockDoubt)
	a.checkSpace(ctx)
	if a.maintained++; a.maintained%forgetEvery == 0 {
		return a.forgetRuns(ctx)
	}
	return nil
}

// logDoubt logs once that no segment is retired by age, and once that some are again.
func (a *accessLog) logDoubt(doubt string) {
	if doubt == a.loggedDoubt {
		return
	}
	if a.loggedDoubt = doubt; doubt == "" {
		a.node.Log.Info("segments are retired by age again, if need be")
		return
	}
	a.node.Log.Warnf("no segment is retired by age, as there is a doubt about the clock: %s", doubt)
}

// forgetRuns drops the marks of runs of which no host holds a line any more. A host in the
// ring may go on with its own run, so that host drops it first.
func (a *accessLog) forgetRuns(ctx actor.Context) error {
	runs := slices.DeleteFunc(a.node.ledger.Forgettable(), func(run marks.Run) bool {
		origin, ok := a.node.Ring().Index(run.Origin)
		switch {
		case !ok:
			return false
		case origin == a.node.self:
			return run.Boot == a.node.boot.Load()
		}
		return a.node.ledger.HasMark(origin, run)
	})
	runs, err := a.journal.Forget(runs)
	if err != nil || len(runs) == 0 {
		return err
	}
	a.node.ledger.Forget(runs)
	gone := make([]marks.Mark, len(runs))
	for i, run := range runs {
		gone[i].Run = run
	}
	ctx.Send(a.node.router(), &messages.Appended{Marks: gone})
	return nil
}
