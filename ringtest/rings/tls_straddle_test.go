package rings_test

import (
	"crypto/tls"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/trust"
)

// What was open before a reload, and says who it is only afterwards, is judged by what is in force then.
func TestAReloadBeforeAHandshake(t *testing.T) {
	revoked := trust.Revoked{"client/laptop", "host/PA"}
	for name, tt := range map[string]struct {
		before, after config.TLSMode
		plain         bool // it speaks plain text then
	}{
		"TLS is given up":   {before: config.TLSAccept, after: config.TLSOff},
		"it is revoked":     {before: config.TLSRequire, after: config.TLSRequire},
		"plain is given up": {before: config.TLSAccept, after: config.TLSRequire, plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, 2, tt.before)
				h.start(h.with(tt.before))
				for _, peer := range []bool{true, false} {
					request, dial := laptop, (*trust.Trust).DialHost
					if peer {
						request, dial = h.of(1), (*trust.Trust).DialPeer
					}
					raw := h.dialRaw(0, peer)
					defer raw.Close()
					time.Sleep(100 * time.Millisecond)
					now := h.issueAt(h.ca, h.of(0), time.Now(), revoked, h.ca)
					if tt.after == config.TLSOff {
						now = nil
					}
					h.hosts[0].Reload(h.with(tt.after), now)
					time.Sleep(100 * time.Millisecond)
					conn := raw
					if !tt.plain {
						conn = tls.Client(raw, dial(h.issue(h.ca, request, h.ca), "MV"))
					}
					_ = conn.SetDeadline(time.Now().Add(time.Minute))
					_, _ = conn.Write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("too late\r\n")}))
					_, err := io.ReadAll(conn)
					if timeout := interface{ Timeout() bool }(nil); errors.As(err, &timeout) && timeout.Timeout() {
						t.Errorf("to the peer port %v: it stays open", peer)
					}
					h.hosts[0].Reload(h.with(tt.before), h.trust[0])
				}
				if log := h.file(0, "access.log"); len(log) > 0 {
					t.Errorf("the log has %q", log)
				}
			})
		})
	}
}
