package config

import "testing"

// error.log has its part of retain_bytes: segments have the rest.
func TestWhatErrorLogLeavesOfRetainBytes(t *testing.T) {
	r := Loopback(2)
	if got := r.RetainSegments(); got != 0 {
		t.Errorf("%d bytes of segments are kept, want no bound", got)
	}
	r.Log.RetainBytes = r.Log.SegmentBytes + r.ErrorLog.MaxBytes
	if err := r.Validate(); err != nil {
		t.Error(err)
	}
	if got := r.RetainSegments(); got != r.Log.SegmentBytes {
		t.Errorf("%d bytes of segments are kept, want %d", got, r.Log.SegmentBytes)
	}
}
