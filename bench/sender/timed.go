package sender

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"xlattice.org/zog/bench/clock"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/texts"
)

// NewHistogram returns an empty one for times in nanoseconds, from a microsecond to a
// minute, to three digits.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
}

// timed sends by the clock. Message i is due at began + i/rate, and its time counts
// from then on, whenever it was really sent: a system that is slow for a moment
// makes those that wait meanwhile late as well.
type timed struct {
	began    clock.Time
	rate     float64
	times    *hdrhistogram.Histogram // written to by whoever acknowledges, in order
	answered int
	failed   error
}

// Due returns when message i, counted from 0, is due.
func Due(began clock.Time, rate float64, i int) clock.Time {
	return began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
}

// headStart is between the order and the time at which the first message is due.
const headStart = 10 * time.Millisecond

// doTimed carries out a timed order with the one client.
func (c *crowd) doTimed(ctx context.Context, o Order) (Outcome, error) {
	if len(c.clients) != 1 || c.spec.Work.Rate <= 0 {
		return Outcome{}, errors.New("only one client sends by the clock, and at a rate")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	clock.Exact()
	t := &timed{began: clock.Now().Add(headStart), rate: c.spec.Work.Rate, times: NewHistogram()}
	if err := t.send(ctx, c.clients[0], t.pace(texts.All(0, c.sent+1, c.sent+o.Messages, c.spec.Work.Text))); err != nil {
		return Outcome{}, err
	}
	c.sent += o.Messages
	encoded, err := t.times.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	return Outcome{Began: t.began, Acked: clock.Now(), Times: encoded}, errors.Join(t.failed, err)
}

// pace yields each text when it is due.
func (t *timed) pace(all iter.Seq[string]) iter.Seq[string] {
	return func(yield func(string) bool) {
		i := 0
		for text := range all {
			clock.SleepUntil(Due(t.began, t.rate, i))
			if !yield(text) {
				return
			}
			i++
		}
	}
}

// send sends all, and returns when all are acknowledged.
func (t *timed) send(ctx context.Context, client system.Client, all iter.Seq[string]) error {
	if s, ok := client.(system.Streamer); ok {
		return s.Stream(ctx, all, t.acked)
	}
	for text := range all {
		if err := client.Send([]byte(text), t.acked); err != nil {
			return err
		}
	}
	return client.Flush(ctx)
}

// acked is called for each message in turn.
func (t *timed) acked(err error) {
	took := clock.Now().Sub(Due(t.began, t.rate, t.answered))
	t.answered++
	t.failed = errors.Join(t.failed, err, t.times.RecordValue(int64(took)))
}
