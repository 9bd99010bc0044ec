package rsyslog

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/peer/peertest"
)

func TestMain(m *testing.M) { peertest.Main(m) }

func TestPlain(t *testing.T) { peertest.Drive(t, rsyslog{plain}, peertest.Small()) }

func TestRelp(t *testing.T) {
	w := peertest.Small()
	for _, w.Window = range []int{1, 100} {
		peertest.Drive(t, rsyslog{relp}, w)
	}
}

// Whatever is no positive answer to the right transaction is an error.
func TestResponse(t *testing.T) {
	for said, ok := range map[string]bool{
		"7 rsp 6 200 OK\n":        true,
		"7 rsp 3 200\n":           true,
		"8 rsp 6 200 OK\n":        false,
		"7 rsp 9 500 no way\n":    false,
		"7 syslog 6 200 OK\n":     false,
		"7 rsp -1 \n":             false,
		"7 rsp 6 200":             false,
		"0 serverclose 0\n7 rsp ": false,
	} {
		if err := response(bufio.NewReader(strings.NewReader(said)), 7); (err == nil) != ok {
			t.Errorf("%q: %v", said, err)
		}
	}
}

// What rsyslog has no acknowledgement for is not begun.
func TestUnable(t *testing.T) {
	w := peertest.Small()
	w.Sync = true
	for _, p := range []protocol{plain, relp} {
		if _, err := (rsyslog{p}).Start(t.Context(), t.TempDir(), w); !errors.Is(err, peer.ErrUnable) {
			t.Error(p, err)
		}
	}
}
