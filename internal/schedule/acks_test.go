package schedule

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAcksThatNobodyWaitsForWait(t *testing.T) {
	const quarter = 256 << 10
	for name, tt := range map[string]struct {
		held  Held // Since and Before are set to start, unless none is true
		none  bool
		gap   time.Duration // between Before and Since
		after time.Duration
		send  bool
	}{
		"nothing is held back":                {none: true, after: time.Hour},
		"nothing, but somebody waits":         {held: Held{Awaited: true}, none: true},
		"a small one":                         {held: Held{Bytes: 100, Most: quarter}},
		"a mark":                              {held: Held{Runs: 1}},
		"just before the delay is over":       {held: Held{Bytes: 100, Most: quarter, Runs: 1}, after: AckDelay - 1},
		"the delay exactly":                   {held: Held{Bytes: 100, Most: quarter}, after: AckDelay, send: true},
		"late":                                {held: Held{Runs: 1}, after: time.Second, send: true},
		"somebody waits":                      {held: Held{Runs: 1, Awaited: true}, send: true},
		"nearly a quarter of what may be":     {held: Held{Bytes: quarter - 1, Most: quarter}},
		"a quarter of what may be on its way": {held: Held{Bytes: quarter, Most: quarter}, send: true},
		"no limit on bytes":                   {held: Held{Bytes: 1 << 40}},
		"marks of as many runs as may be":     {held: Held{Runs: MaxHeldRuns}},
		"marks of more":                       {held: Held{Runs: MaxHeldRuns + 1}, send: true},
		"the one before was just as long ago": {held: Held{Runs: 1}, gap: AckGap},
		"the one before was longer ago":       {held: Held{Runs: 1}, gap: AckGap + 1, send: true},
		"there was none before":               {held: Held{Runs: 1}, gap: 1<<63 - 1, send: true},
		"the clock was before":                {held: Held{Runs: 1}, after: -time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			want := start.Add(AckDelay)
			tt.held.Since, tt.held.Before = start, start.Add(-tt.gap)
			if tt.none {
				tt.held.Since, want = time.Time{}, time.Time{}
			}
			if send, again := tt.held.Decide(start.Add(tt.after)); send != tt.send || !again.Equal(want) {
				t.Errorf("send is %v, again at %v, want %v, at %v", send, again, tt.send, want)
			}
		})
	}
}

// Who decides whenever Decide says so holds nothing back for longer than AckDelay, however
// often more is added.
func TestNothingIsHeldBackForLongerThanTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Held
		for range 1000 {
			if h.Since.IsZero() {
				h.Since, h.Before = time.Now(), time.Now()
			}
			h.Bytes++
			send, again := h.Decide(time.Now())
			switch {
			case time.Since(h.Since) > AckDelay:
				t.Fatalf("held back for %v", time.Since(h.Since))
			case send:
				h = Held{}
			}
			time.Sleep(min(300*time.Microsecond, max(0, time.Until(again))))
		}
	})
}
