package frame_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// widest returns n marks of which none can be longer, with digests or without.
func widest(n int, digests bool) []*pzog.Mark {
	marks := make([]*pzog.Mark, n)
	for i := range marks {
		marks[i] = &pzog.Mark{Origin: strings.Repeat("x", 16), Boot: 1<<40 - 1, Seq: 1<<64 - 1 - uint64(i), First: 1 << 63}
		if digests {
			marks[i].Digest = []byte(fmt.Sprintf("%016d", i))
		}
	}
	return marks
}

// acks reads a chain of Acks back, and returns how many marks each has.
func acks(t *testing.T, buf []byte, limit int) (all []*pzog.Mark, sizes []int) {
	t.Helper()
	for more := true; more; {
		body, used, err := frame.Split(buf, limit)
		if err != nil || used == 0 {
			t.Fatalf("frame %d: used %d, error %v", len(sizes), used, err)
		}
		var f frame.Frame
		if err := frame.Decode(body, &f); err != nil {
			t.Fatal(err)
		}
		all, sizes = append(all, f.Ack.Marks...), append(sizes, len(f.Ack.Marks))
		more, buf = f.Ack.More, buf[used:]
	}
	if len(buf) != 0 {
		t.Errorf("%d bytes behind the last frame", len(buf))
	}
	return all, sizes
}

// Digests make marks longer, so fewer fit into a frame. The others are as many
// as docs/protocol.md says.
func TestMarksInAFrame(t *testing.T) {
	for _, tt := range []struct {
		limit   int
		digests bool
		most    int
	}{
		{frame.PeerLimit, false, 1022},
		{frame.ClientLimit, false, 62},
		{frame.ClientLimit, true, 47},
	} {
		for _, n := range []int{0, 1, tt.most, tt.most + 1, 3*tt.most + 1} {
			marks := widest(n, tt.digests)
			a := &pzog.Ack{Version: 1, Host: strings.Repeat("h", 16), Ring: make([]byte, 16), Repair: true, Delta: true, Marks: marks}
			got, sizes := acks(t, frame.AppendAck(nil, a, tt.limit), tt.limit)
			if diff := cmp.Diff(marks, got, protocmp.Transform()); n > 0 && diff != "" {
				t.Errorf("%d marks: %s", n, diff)
			}
			if want := max(1, (n+tt.most-1)/tt.most); len(sizes) != want || sizes[0] != min(n, tt.most) {
				t.Errorf("limit %d, digests %v: %d marks are spread as %v", tt.limit, tt.digests, n, sizes)
			}
		}
	}
}

// A single mark with a digest is enough for the frames to have room for it.
func TestOneMarkWithADigest(t *testing.T) {
	marks := widest(500, false)
	for i := range 62 {
		marks[i].Digest = make([]byte, 16)
	}
	a := &pzog.Ack{Version: 1, Host: strings.Repeat("h", 16), Marks: marks}
	if got, _ := acks(t, frame.AppendAck(nil, a, frame.ClientLimit), frame.ClientLimit); len(got) != 500 {
		t.Errorf("%d marks came", len(got))
	}
}
