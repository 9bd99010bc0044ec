package supervisor

import (
	"testing"
	"time"
)

// The pause doubles from 10 ms, is spread over its upper half, never goes over
// 5 s, and ends after ten failures.
func TestPause(t *testing.T) {
	tests := []struct {
		failures int
		chance   float64
		want     time.Duration
		ok       bool
	}{
		{0, 0, 5 * time.Millisecond, true},
		{1, 0, 5 * time.Millisecond, true},
		{1, 1, 10 * time.Millisecond, true},
		{2, 0.5, 15 * time.Millisecond, true},
		{5, 1, 160 * time.Millisecond, true},
		{10, 0, 2500 * time.Millisecond, true},
		{10, 1, 5 * time.Second, true},
		{11, 0, 0, false},
		{1 << 40, 1, 0, false},
	}
	for _, tt := range tests {
		if got, ok := pause(tt.failures, tt.chance); got != tt.want || ok != tt.ok {
			t.Errorf("after %d failures, chance %v: %v, %v; want %v, %v", tt.failures, tt.chance, got, ok, tt.want, tt.ok)
		}
	}
}
