package actors

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages"
)

// ErrorLog writes error.log: one escaped line for whatever arrived and is not
// a message. It is worth less than the messages: when its file is in trouble
// it says so in the daemon's own log, drops lines, and tries again.
type ErrorLog struct {
	node    *Node
	idle    func() bool
	path    string
	file    disk.File
	buf     []byte
	dropped uint64 // as of the last line about it
	failing bool   // as was said
	lost    int    // lines that could not be written since
}

// NewErrorLog returns the props of the error log in the given directory.
func NewErrorLog(node *Node, dir string) *actor.Props {
	return node.Props(func(idle func() bool) actor.Actor {
		return &ErrorLog{node: node, idle: idle, path: filepath.Join(dir, "error.log")}
	})
}

// Receive implements actor.Actor.
func (e *ErrorLog) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		e.open()
	case *messages.Report:
		e.add(m)
	case *messages.Reopen:
		e.flush()
		e.close()
		e.open()
	case *actor.Stopping, *actor.Restarting:
		e.flush()
		e.close()
	}
	if e.idle() || len(e.buf) > writeSize {
		e.flush()
	}
}

func (e *ErrorLog) add(m *messages.Report) {
	e.node.reports.Add(-1)
	e.buf = record.ErrorLine(e.buf, m.At, m.Remote, m.Reason, m.Raw)
	if n := e.node.Counts.Unreported.Load(); n > e.dropped {
		e.buf = record.ErrorLine(e.buf, m.At, "-", fmt.Sprintf("%d more, too fast to be logged", n-e.dropped), nil)
		e.dropped = n
	}
}

func (e *ErrorLog) open() {
	file, err := e.node.FS.OpenFile(e.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		e.trouble(err)
		return
	}
	e.file = file
}

// moved tells whether the file is not under its name any more: others have renamed it,
// removed it, or moved the directory.
func (e *ErrorLog) moved() bool {
	mine, err := e.file.Stat()
	if err != nil {
		return true
	}
	there, err := e.node.FS.Stat(e.path)
	return err != nil || !e.node.FS.SameFile(mine, there)
}

// trouble is said once, until a line could be written again.
func (e *ErrorLog) trouble(err error) {
	if !e.failing {
		e.failing = true
		e.node.Log.WithError(err).Error("error.log cannot be written; its lines are dropped until it can")
	}
}

func (e *ErrorLog) close() {
	if e.file == nil {
		return
	}
	if err := e.file.Close(); err != nil {
		e.trouble(err)
	}
	e.file = nil
}

// flush writes the lines that have gathered, or drops them.
func (e *ErrorLog) flush() {
	if len(e.buf) == 0 {
		return
	}
	lines := bytes.Count(e.buf, []byte("\n"))
	if e.file != nil && e.moved() {
		e.close()
	}
	if e.file == nil {
		e.open()
	}
	if e.file != nil {
		if _, err := e.file.Write(e.buf); err != nil {
			e.trouble(err)
			e.close()
		}
	}
	e.buf = e.buf[:0]
	switch {
	case e.file == nil:
		e.lost += lines
	case e.failing:
		e.node.Log.Warnf("error.log can be written again (lines dropped: %d)", e.lost)
		e.failing, e.lost = false, 0
	}
}
