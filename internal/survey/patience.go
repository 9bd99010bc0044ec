package survey

import (
	"errors"
	"fmt"
	"time"
)

const (
	// signOfLife is the longest time between two KeepAlives while an answer is due. The
	// host answers each of them at once, whatever it is reading, and closes a connection
	// on which nothing comes.
	signOfLife = time.Second
	// lateness is how late an alarm may be. If it is later this process was stopped or
	// starved, and the silence says nothing about the host.
	lateness = 500 * time.Millisecond
	// An answer that has begun may take answerTime, and a second more for each
	// answerRate marks: the host has read its log by then.
	answerTime = 30 * time.Second
	answerRate = 1000
	// A host may send signsAtOnce signs of life at once, and signsRate a second.
	signsAtOnce = 100
	signsRate   = 10
)

// patience decides how long an answer is waited for. Every byte from the host counts
// as a sign of life, so a host that reads a long log is waited for. There are limits
// to that, since a malicious host could send signs of life for ever.
type patience struct {
	silence     time.Duration // the longest time without a byte
	answerLimit time.Duration // the longest time before the answer begins

	lastHeard   time.Time // the time of the last byte, or of the question
	lastSent    time.Time // when we last wrote
	asked       time.Time
	answerBegan time.Time // zero before
	marks       int       // of the answer so far
	signs       int       // signs of life since the question
}

// Why a host that is not silent is waited for no longer.
var (
	errSlow    = errors.New("answers so slowly that it was given up")
	errChatter = errors.New("gives more signs of life than any zog, and no answer")
)

// begin begins the wait for an answer.
func (p *patience) begin(now time.Time) {
	p.lastHeard, p.asked, p.answerBegan, p.marks, p.signs = now, now, time.Time{}, 0, 0
}

// addSign counts a sign of life.
func (p *patience) addSign() { p.signs++ }

// addPart counts a part of the answer.
func (p *patience) addPart(now time.Time, marks int) {
	if p.answerBegan.IsZero() {
		p.answerBegan = now
	}
	p.marks += marks
}

// alarm returns when to act if nothing comes until then.
func (p *patience) alarm() time.Time {
	speak, lost := p.lastSent.Add(min(signOfLife, p.silence/2)), p.lastHeard.Add(p.silence)
	if speak.Before(lost) {
		return speak
	}
	return lost
}

// received says that bytes have come. It returns an error if the host must be given
// up all the same.
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

// expired is called when the alarm fires, and tells whether the host was silent for
// too long. After an alarm that is late the wait begins anew: what the host sent
// meanwhile was not read yet.
func (p *patience) expired(now time.Time) bool {
	p.forgiveDelay(now)
	return now.Sub(p.lastHeard) >= p.silence
}

// forgiveDelay does not count the time for which this process was stopped or starved.
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
