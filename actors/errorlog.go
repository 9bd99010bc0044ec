package actors

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/errorlog"
	"xlattice.org/zog/internal/ratelimit"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages"
)

// flushSize is from how many bytes on lines are written although more wait. With the longest
// line and the sums it is less than half of the smallest error_log.max_bytes.
const flushSize = 8 << 10

// errorLog writes error.log: an escaped line for each report, or a sum where there are too many.
// Messages are more important than its lines: after an error of its file it logs a diagnostic,
// drops lines, and tries again.
type errorLog struct {
	node     *Node
	idle     func() bool
	file     *errorlog.File
	sumTimer *time.Timer // of sumsDue

	buf           []byte
	reports       uint64 // in buf
	failing       bool   // the file cannot be written, which was logged
	renameFailing bool   // the file cannot be renamed, which was logged
	dropped       uint64 // reports, since failing
}

// sumsDue is the alarm for the sums of reports without a line.
type sumsDue struct{}

// NewErrorLog returns the props of the error log in the given directory.
func NewErrorLog(node *Node, dir string) *actor.Props {
	return node.Props(func(idle func() bool) actor.Actor {
		return &errorLog{node: node, idle: idle, file: errorlog.New(node.FS, dir)}
	})
}

// Receive implements actor.Actor.
func (e *errorLog) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		e.open()
		e.sumTimer = sendAfter(ctx, ratelimit.SumEvery, &sumsDue{})
	case *messages.Report:
		e.addLine(m)
	case *messages.Reopen:
		e.reopen()
	case *sumsDue:
		e.sumTimer = sendAfter(ctx, ratelimit.SumEvery, &sumsDue{})
		e.addSums()
		e.logFailure(e.file.SetBound(e.maxBytes()))
	case *actor.Restarting:
		e.end()
	case *actor.Stopping:
		e.node.reports.settle()
		e.addSums()
		e.end()
	}
	if e.idle() || len(e.buf) > flushSize {
		e.flush()
	}
}

func (e *errorLog) addLine(m *messages.Report) {
	e.node.reports.taken()
	e.buf = record.ErrorLine(e.buf, m.At, m.Remote, m.Reason, m.Raw)
	e.reports++
}

// addSums adds a line for each sum of reports without a line.
func (e *errorLog) addSums() {
	for _, sum := range e.node.reports.sums(time.Now(), e.node.reports.rates()) {
		e.buf = record.ErrorLine(e.buf, e.node.Now(), "-", fmt.Sprintf("and %d more from %s", sum.N, sourceName(sum.From)), nil)
		e.reports += sum.N
	}
}

// sourceName returns the name of an address in a sum.
func sourceName(from netip.Prefix) string {
	switch {
	case !from.IsValid():
		return "other addresses"
	case from.IsSingleIP():
		return from.Addr().String()
	}
	return from.String()
}

func (e *errorLog) maxBytes() int64 { return e.node.Ring().ErrorLog.MaxBytes }

func (e *errorLog) open() { e.logFailure(e.file.Open(e.maxBytes())) }

// reopen logs its result, also if an error of the same kind was logged before.
func (e *errorLog) reopen() {
	e.flush()
	if err := e.file.Open(e.maxBytes()); err != nil {
		e.failing = false
		e.logFailure(err)
		return
	}
	e.node.Log.Info("error.log is reopened")
}

// logFailure logs an error once, until a line could be written again.
func (e *errorLog) logFailure(err error) {
	if err != nil && !e.failing {
		e.failing = true
		e.node.Log.WithError(err).Error("error.log cannot be written; its lines are dropped until it can")
	}
}

// flush writes the lines, or drops them.
func (e *errorLog) flush() {
	if len(e.buf) == 0 {
		return
	}
	err := e.file.Write(e.buf)
	switch {
	case err != nil:
		e.dropped += e.reports
		e.logFailure(err)
	case e.failing:
		e.node.Log.Warnf("error.log can be written again (lines dropped: %d)", e.dropped)
		e.failing, e.dropped = false, 0
	}
	e.buf, e.reports = e.buf[:0], 0
	e.logRenameErr()
}

// logRenameErr logs once that the file cannot be renamed, until it could be renamed again.
func (e *errorLog) logRenameErr() {
	err := e.file.RenameErr()
	if err != nil && !e.renameFailing {
		e.node.Log.WithError(err).Warn("error.log is full and cannot be renamed; its older lines are removed")
	}
	e.renameFailing = err != nil
}

// end writes the last lines and closes the file.
func (e *errorLog) end() {
	stopTimers(e.sumTimer)
	e.flush()
	e.logFailure(e.file.Close())
}
