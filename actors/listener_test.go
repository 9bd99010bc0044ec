package actors

import (
	"testing"
	"time"
)

// A few connections are accepted at once. Thousands are spread: 4,000 in a second.
func TestConnectionsThatComeAtOnceAreSpread(t *testing.T) {
	begin := time.Unix(1000, 0)
	for name, tt := range map[string]struct {
		connections int
		every       time.Duration // between two, if none is held up
		want        time.Duration // until all are accepted
	}{
		"a few at once":            {acceptGroup - 1, 0, 0},
		"a group":                  {acceptGroup, 0, acceptEvery},
		"thousands at once":        {4000, 0, time.Second},
		"a thousand in a second":   {1000, time.Millisecond, 999 * time.Millisecond},
		"slowly, and for ever":     {10, time.Hour, 9 * time.Hour},
		"as many as may, steadily": {4000, 250 * time.Microsecond, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var p acceptPacer
			now := begin
			for i := range tt.connections {
				if due := begin.Add(time.Duration(i) * tt.every); now.Before(due) {
					now = due
				}
				now = now.Add(p.next(now))
			}
			if took := now.Sub(begin); took < tt.want || took > tt.want+acceptEvery {
				t.Errorf("took %v, not %v", took, tt.want)
			}
		})
	}
}
