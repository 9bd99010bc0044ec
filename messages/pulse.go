package messages

import (
	"sync/atomic"
	"time"
)

// Pulse is how a connection tells the keep-alive scheduler of its life without
// a message a frame: its reader and its actor write, the scheduler reads. The
// zero value is a connection that has said and heard nothing.
type Pulse struct {
	heard, spoke atomic.Int64 // Unix nanoseconds
	behind       atomic.Bool
}

// Beat notes that something was received at the given time. Liveness is judged
// by this alone: what we send ourselves proves nothing about the other side.
func (p *Pulse) Beat(at time.Time) { p.heard.Store(at.UnixNano()) }

// Heard returns when something was received last.
func (p *Pulse) Heard() time.Time { return time.Unix(0, p.heard.Load()) }

// Speak notes that a KeepAlive was sent at the given time.
func (p *Pulse) Speak(at time.Time) { p.spoke.Store(at.UnixNano()) }

// Spoke returns when a KeepAlive was sent last.
func (p *Pulse) Spoke() time.Time { return time.Unix(0, p.spoke.Load()) }

// SetBehind notes whether the peer lacks something, by its own last word.
func (p *Pulse) SetBehind(behind bool) { p.behind.Store(behind) }

// Behind tells whether the peer lacks something.
func (p *Pulse) Behind() bool { return p.behind.Load() }
