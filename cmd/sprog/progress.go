package main

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"

	"xlattice.org/zog/internal/cli"
)

// progress shows on a terminal how many messages have their answer. The zero
// value shows nothing. The teller of results only counts; a goroutine paints.
type progress struct {
	count atomic.Int64
	bar   *progressbar.ProgressBar // nil: nobody is watching
	mu    sync.Mutex               // the terminal is one's alone
	quit  chan struct{}
	done  chan struct{}
}

// startProgress begins to show on w, if that is a terminal. The caller stops it.
func startProgress(w io.Writer) *progress {
	p := &progress{}
	if cli.IsTerminal(w) {
		p.start(w)
	}
	return p
}

func (p *progress) start(w io.Writer) {
	p.bar = progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("sending"),
		progressbar.OptionShowCount(),
		progressbar.OptionShowTotalBytes(false), // it would say "of -"
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("messages"),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // else it starts a goroutine that nobody ends
		progressbar.OptionClearOnFinish(),
	)
	p.bar.StartWithoutRender() // the rate counts from now
	p.quit, p.done = make(chan struct{}), make(chan struct{})
	go p.paint()
}

func (p *progress) paint() {
	defer close(p.done)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.mu.Lock()
			_ = p.bar.Set64(p.count.Load()) // a terminal that is gone is no reason to stop
			p.mu.Unlock()
		case <-p.quit:
			return
		}
	}
}

// add counts one message.
func (p *progress) add() { p.count.Add(1) }

// aside takes the bar away while do prints.
func (p *progress) aside(do func()) {
	if p.bar == nil {
		do()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.bar.Clear()
	do()
}

// stop takes the bar away for good.
func (p *progress) stop() {
	if p.bar == nil {
		return
	}
	close(p.quit)
	<-p.done
	_ = p.bar.Clear()
}
