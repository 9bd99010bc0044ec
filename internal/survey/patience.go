package survey

import (
	"errors"
	"fmt"
	"time"
)

const (
	// signOfLife is the longest time that we say nothing while an answer is owed. The
	// host answers each KeepAlive at once, whatever it is reading, and closes a
	// connection on which it hears nothing.
	signOfLife = time.Second
	// lateness is how late an alarm may be. One that is later says that this process
	// itself was stopped or starved, and nothing about the host.
	lateness = 500 * time.Millisecond
	// An answer that has begun takes no longer than answerTime, and a second more for
	// each answerRate of its marks: the host has read its log by then.
	answerTime = 30 * time.Second
	answerRate = 1000
	// So many signs of life a host may give at once, and then so many a second.
	signsAtOnce = 100
	signsRate   = 10
)

// patience decides how long an answer is waited for. Every byte of the host counts
// as life, so a host that reads a long log is waited for, but not for ever: a host that
// lies can give signs of life without end.
type patience struct {
	silence     time.Duration // the longest that it may say nothing
	answerLimit time.Duration // the longest that it may take before its answer begins

	lastHeard   time.Time // the last byte, or when the wait began
	lastSent    time.Time // our last word
	asked       time.Time
	answerBegan time.Time // the answer; zero before
	marks       int       // of the answer, so far
	signs       int       // of life, since it was asked
}

// Why a host that is not silent is waited for no longer.
var (
	errSlow    = errors.New("answers so slowly that it was given up")
	errChatter = errors.New("gives more signs of life than any zog, and no answer")
)

// wait begins to wait for an answer.
func (p *patience) begin(now time.Time) {
	p.lastHeard, p.asked, p.answerBegan, p.marks, p.signs = now, now, time.Time{}, 0, 0
}

// sign notes a sign of life.
func (p *patience) addSign() { p.signs++ }

// part notes that a part of the answer has come.
func (p *patience) addPart(now time.Time, marks int) {
	if p.answerBegan.IsZero() {
		p.answerBegan = now
	}
	p.marks += marks
}

// alarm is when to look again if nothing is heard until then.
func (p *patience) alarm() time.Time {
	speak, lost := p.lastSent.Add(min(signOfLife, p.silence/2)), p.lastHeard.Add(p.silence)
	if speak.Before(lost) {
		return speak
	}
	return lost
}

// hear notes that bytes have come, and says why the host is given up all the same, if it
// is.
func (p *patience) received(now time.Time) error {
	p.forgiveDelay(now)
	p.lastHeard = now
	switch {
	case !p.answerBegan.IsZero() && now.Sub(p.answerBegan) >= answerTime+time.Duration(p.marks/answerRate)*time.Second:
		return errSlow
	case p.answerBegan.IsZero() && now.Sub(p.asked) >= p.answerLimit:
		return fmt.Errorf("has given signs of life for %v, and no answer", p.answerLimit)
	case p.signs > signsAtOnce+signsRate*int(now.Sub(p.asked)/time.Second):
		return errChatter
	}
	return nil
}

// over is for an alarm that has fired, and tells whether the host has been silent for
// too long. After an alarm that is late the wait begins anew: what the host said
// meanwhile has not been read yet.
func (p *patience) expired(now time.Time) bool {
	p.forgiveDelay(now)
	return now.Sub(p.lastHeard) >= p.silence
}

// excuse takes the time for which this process was stopped or starved off all waits.
func (p *patience) forgiveDelay(now time.Time) {
	late := now.Sub(p.alarm())
	if late <= lateness {
		return
	}
	p.lastHeard, p.asked = now, p.asked.Add(late)
	if !p.answerBegan.IsZero() {
		p.answerBegan = p.answerBegan.Add(late)
	}
}
