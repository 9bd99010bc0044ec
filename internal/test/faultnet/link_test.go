package faultnet

import (
	"testing"
	"time"
)

func TestArrival(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	type sent struct {
		left  float64 // seconds
		luck  float64
		bytes int
		want  float64 // seconds
		size  int
	}
	for _, tt := range []struct {
		name string
		cond Condition
		sent []sent
	}{
		{"nothing", Condition{}, []sent{{left: 1, bytes: 10, want: 1, size: 10}, {left: 1, bytes: pieceSize + 1, want: 1, size: pieceSize}}},
		{"latency", Condition{Latency: time.Second}, []sent{{left: 1, bytes: 10, want: 2, size: 10}, {left: 1.5, bytes: 0, want: 2.5}}},
		{"jitter", Condition{Latency: time.Second, Jitter: time.Second}, []sent{{left: 1, luck: 0.5, want: 2.5}, {left: 1, want: 2}}},
		{"rate", Condition{Rate: 100, Latency: time.Second}, []sent{
			{left: 1, bytes: 100, want: 2.05, size: 5},
			{left: 1, bytes: 5, want: 2.1, size: 5},
			{left: 3, bytes: 1, want: 4.01, size: 1},
		}},
		{"a small rate", Condition{Rate: 2}, []sent{{left: 1, bytes: 100, want: 1.5, size: 1}, {left: 1, bytes: 0, want: 1.5}}},
		{"a large rate", Condition{Rate: 1 << 40}, []sent{{left: 1, bytes: 1 << 20, want: 1, size: pieceSize}}},
	} {
		l := &link{}
		l.setCondition(tt.cond, start)
		for i, s := range tt.sent {
			p := parcel{left: at(s.left), jitter: s.luck}
			for range 2 { // to ask again changes nothing
				got, ok := l.arrival(&p, s.bytes)
				if off := got.Sub(at(s.want)).Abs(); !ok || off > time.Microsecond || p.size != s.size {
					t.Errorf("%s, parcel %d: %d bytes at %v, %v", tt.name, i, p.size, got.Sub(start), ok)
				}
			}
		}
	}
}

func TestArrivalAfterAChange(t *testing.T) {
	start := time.Unix(1000, 0)
	l, p := &link{}, parcel{left: start}
	for i, tt := range []struct {
		cond Condition
		at   time.Duration // of the change
		want time.Duration // of the arrival; negative for none
	}{
		{Condition{Latency: time.Minute}, 0, time.Minute},
		{Condition{Rate: 1}, time.Second, 2 * time.Second},
		{Condition{Rate: 5}, 2 * time.Second, 2200 * time.Millisecond},
		{Condition{Drop: true, Latency: time.Hour}, 2 * time.Second, -1},
		{Condition{Drop: true}, 3 * time.Second, -1},
		{Condition{Latency: time.Second}, 4 * time.Second, 5 * time.Second},
		{Condition{}, 5 * time.Second, 4 * time.Second},
	} {
		l.setCondition(tt.cond, start.Add(tt.at))
		got, ok := l.arrival(&p, 5)
		if tt.want < 0 && ok || tt.want >= 0 && (!ok || got.Sub(start) != tt.want) {
			t.Errorf("change %d: %v, %v", i, got.Sub(start), ok)
		}
	}
}
