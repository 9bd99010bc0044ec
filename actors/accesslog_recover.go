package actors

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/cenkalti/backoff/v5"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/messages"
)

// The pauses between attempts after an error of the disk.
const (
	minRetryPause = 100 * time.Millisecond
	maxRetryPause = 5 * time.Second
)

// errRestarted is why an access log takes stock after a restart.
var errRestarted = errors.New("the actor was restarted; what was not durable will come again")

// recoverLog makes the journal hold what the disk holds. Then it tests whether as many bytes
// as could not be written last time can be written now: otherwise the host would take messages
// after each attempt, and lose them.
func (a *accessLog) recoverLog(failed int) (*journal.Recovery, error) {
	recovery, err := a.journal.Recover()
	if err == nil && failed > 0 {
		err = a.testWrite(failed)
	}
	return recovery, err
}

func (a *accessLog) testWrite(bytes int) error {
	path := filepath.Join(a.node.Ring().LogDir(a.node.Name()), ".trial")
	file, err := disk.Create(a.node.FS, path, os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, bytes))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close(), a.node.FS.Remove(path))
}

// LogRecovery logs what was found in the log that is not in order.
func LogRecovery(log logrus.FieldLogger, r *journal.Recovery) {
	if r.NoDirSync != nil {
		log.Warnf("this file system cannot sync directories: a crash of the machine may lose files that were just created or renamed: %v", r.NoDirSync)
	}
	if r.TornTail > 0 {
		log.Warnf("the end of access.log was no whole record, and is cut off (bytes: %d)", r.TornTail)
	}
	if r.Missing > 0 {
		log.Warnf("lines are missing, as a segment is not where it was; peers are asked for them (lines: %d)", r.Missing)
	}
	if r.Excused > 0 {
		log.Warnf("lines are missing, and nobody is asked for them (lines: %d)", r.Excused)
	}
	for _, why := range r.Ignored {
		log.WithError(why).Warn("a file in the log directory is left as it is")
	}
	for _, d := range r.Damaged {
		entry := log.WithField("file", d.Path)
		if d.SetAside != "" {
			entry = entry.WithField("original", d.SetAside)
		}
		entry.Errorf("was damaged, cut off or removed; what is good of it is kept (records: %d), and peers are asked for the rest", d.Records)
	}
	if r.Salvaged > 0 {
		log.Infof("what was good of damaged segments is in the log again (records: %d)", r.Salvaged)
	}
	if r.Waiting > 0 {
		log.Warnf("good records wait in damaged/*.rest for others before them; number of runs: %d", r.Waiting)
	}
}

// takeStock begins again with what the disk holds, because of why, or because of an earlier
// error if that is nil. If that fails too, the host is not ready until it succeeds.
func (a *accessLog) takeStock(ctx actor.Context, why error) {
	if why != nil {
		a.node.Log.WithError(why).Warn("access log: taking stock of what is on the disk")
	}
	a.lines, a.batches = a.lines[:0], nil
	recovery, err := a.recoverLog(a.failedBytes)
	if err == nil && why != nil && a.retryBackoff != nil {
		// It failed again before anything was written. If messages were taken now, they would be
		// lost one after the other.
		err = why
	}
	if a.retryBackoff == nil {
		a.retryBackoff = &backoff.ExponentialBackOff{
			InitialInterval: minRetryPause, MaxInterval: maxRetryPause, Multiplier: 2, RandomizationFactor: 0.5,
		}
		a.retryBackoff.Reset()
	}
	if a.lowSpace = false; err != nil {
		a.becomeUnavailable(ctx, err)
		a.retryTimer = sendAfter(ctx, min(a.retryBackoff.NextBackOff(), maxRetryPause), &retryDue{})
		return
	}
	a.node.ledger.Reset(recovery.Marks)
	LogRecovery(a.node.Log, recovery)
	if a.spaceLeft, err = a.freeSpace(a.unavailable); err != nil {
		a.becomeLowOnSpace(ctx, err)
		return
	}
	a.becomeReady(ctx)
}

// becomeReady begins to take messages again.
func (a *accessLog) becomeReady(ctx actor.Context) {
	if a.unavailable {
		a.unavailable, a.lowSpace = false, false
		a.node.Log.Info("ready again: access.log can be written")
	}
	a.node.storage.set(nil)
	ctx.Send(a.node.router(), &messages.RolledBack{Position: math.MaxUint64})
}

// becomeUnavailable makes the host refuse messages.
func (a *accessLog) becomeUnavailable(ctx actor.Context, err error) {
	if a.ready() {
		a.node.Log.WithError(err).Error("not ready: messages are refused until access.log can be written")
		a.unavailable = true
		a.node.storage.set(err)
		ctx.Send(a.node.router(), &messages.RolledBack{Position: math.MaxUint64})
	}
}
