package actors

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages"
)

// How the AccessLog looks after the log that there is, beside what is written to it.

const (
	// tendEvery is how often the log is looked after, traffic or not: whether
	// others have tampered with it, and what need not be kept.
	maintainEvery = 5 * time.Second
	// forgetEvery is how many of these go by between looks for marks that
	// nobody needs.
	forgetEvery = 12
)

// reopen says what came of it. An error is said by whoever takes stock for it.
func (a *AccessLog) reopen(ctx actor.Context) error {
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

// renamed says that others have renamed access.log, if they have. Its messages may
// count as retired now.
func (a *AccessLog) afterRename(ctx actor.Context, moved bool) {
	if moved {
		a.node.Log.Info("access.log was renamed; a new one is begun")
		a.marksAdvanced(ctx, a.journal.Marks().Marks())
	}
}

// tend looks after the log.
func (a *AccessLog) maintain(ctx actor.Context) error {
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

// sayDoubt says once that nothing is retired by age, and once that the doubt is over.
func (a *AccessLog) logDoubt(doubt string) {
	if doubt == a.loggedDoubt {
		return
	}
	if a.loggedDoubt = doubt; doubt == "" {
		a.node.Log.Info("segments are retired by age again, if need be")
		return
	}
	a.node.Log.Warnf("no segment is retired by age, as there is a doubt about the clock: %s", doubt)
}

// forget drops marks of which nobody holds a line any more. The run of a host
// in the ring is dropped by that host first: it may still go on.
func (a *AccessLog) forgetRuns(ctx actor.Context) error {
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
