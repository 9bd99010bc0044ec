package docs_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/messages/pzog"
)

// examples are the frames of protocol.md, in its order.
func examples() [][]byte {
	text := []byte("the cat is out\r\n")
	house := config.Loopback(5)
	house.Ring = "house"
	mark := func(seq uint64) []*pzog.Mark {
		return []*pzog.Mark{{Origin: "LA", Boot: 94521311, Seq: seq, First: 1}}
	}
	ack := func(a *pzog.Ack) []byte {
		a.Version, a.Host, a.Ring = 1, "S", house.Digest()
		return frame.AppendAck(nil, a, frame.PeerLimit)
	}
	var row frame.RowEncoder
	two := row.Append(row.Append(nil, &frame.Data{ID: 4, Text: []byte("one\r\n")}), &frame.Data{ID: 5, Text: []byte("two\r\n")})
	return [][]byte{
		frame.AppendData(nil, &frame.Data{ID: 1, Text: text}),
		frame.AppendOk(nil, &frame.Ok{ID: 1, Copies: 1}),
		frame.AppendOk(nil, &frame.Ok{ID: 1, Copies: 1, Origin: "LA", Boot: 94521311, Seq: 42}),
		frame.AppendData(nil, &frame.Data{ID: 2, Text: text, MinCopies: 3, TimeoutMS: 2000}),
		row.End(two),
		frame.AppendOk(nil, &frame.Ok{ID: 3, Refusal: pzog.Refusal_NO_CRLF, Detail: record.Reason(pzog.Refusal_NO_CRLF)}),
		frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit),
		frame.AppendAck(nil, &pzog.Ack{Version: 1, Host: "LA", Delta: true}, frame.ClientLimit),
		frame.AppendKeepAlive(nil, &pzog.KeepAlive{
			Version: 1, Host: "LA", Ring: house.Digest(), Marks: mark(41), IntervalMs: 5000, RingName: "house", Boot: 94521311,
		}, frame.PeerLimit),
		ack(&pzog.Ack{Marks: mark(41), RingName: "house"}),
		frame.AppendData(nil, &frame.Data{
			Wrapping: 2, ID: 1, Text: text, Origin: []byte("LA"), Boot: 94521311, Seq: 42,
			TimeMS: time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC).UnixMilli(),
		}),
		ack(&pzog.Ack{Marks: mark(42), Delta: true}),
		ack(&pzog.Ack{Marks: mark(41), RingName: "house", Repair: true}),
		frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Marks: mark(40), Follow: true}, frame.ClientLimit),
		frame.AppendAck(nil, &pzog.Ack{Version: 1, Host: "S", Marks: mark(40)}, frame.ClientLimit),
		frame.AppendAck(nil, &pzog.Ack{
			Version: 1, Host: "S", Marks: []*pzog.Mark{{Origin: "LA", Boot: 94521311, Seq: 41, First: 42}}, Delta: true,
		}, frame.ClientLimit),
		frame.AppendData(nil, &frame.Data{
			ID: 1, Text: text, Origin: []byte("LA"), Boot: 94521311, Seq: 42,
			TimeMS: time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC).UnixMilli(),
		}),
	}
}

// The frames that protocol.md shows in hex are those that the code writes.
func TestExampleFrames(t *testing.T) {
	want := examples()
	blocks := regexp.MustCompile("(?s)```hex\n(.*?)```").FindAllStringSubmatch(protocol(t), -1)
	if len(blocks) != len(want) {
		t.Fatalf("%d frames in the text, want %d", len(blocks), len(want))
	}
	comment := regexp.MustCompile(`#.*|\s`)
	for i, block := range blocks {
		got, err := hex.DecodeString(comment.ReplaceAllString(block[1], ""))
		if err != nil || !bytes.Equal(got, want[i]) {
			t.Errorf("frame %d, error %v:\n got % x\nwant % x", i+1, err, got, want[i])
		}
	}
}

func TestDigest(t *testing.T) {
	house := config.Loopback(5)
	house.Ring = "house"
	if digest := fmt.Sprintf("`%x`", house.Digest()); !strings.Contains(protocol(t), digest) {
		t.Errorf("the digest is %s", digest)
	}
}

// The tables of section 7 are what the plan does.
func TestWrappingTables(t *testing.T) {
	text := protocol(t)
	for _, c := range []struct {
		hosts  int
		scheme ring.Scheme
	}{{5, ring.Uniform}, {9, ring.Uniform}, {5, ring.Respective}} {
		plan, err := ring.New(c.hosts, c.scheme)
		if err != nil {
			t.Fatal(err)
		}
		from := make(map[int]int)
		for p := range c.hosts {
			var to []string
			for _, s := range plan.Sends(nil, 0, p, plan.Wrapping(0, p), ring.All(c.hosts)) {
				from[s.To] = p
				name := fmt.Sprint(s.To)
				if c.scheme == ring.Respective && p > 0 {
					name += fmt.Sprintf(", the sender's +%d", s.To-from[p])
				}
				to = append(to, name)
			}
			row := fmt.Sprintf("| %d | %d | %d | %s", p, from[p], plan.Wrapping(0, p), strings.Join(to, " and "))
			if p > 0 && !strings.Contains(text, "\n"+strings.TrimRight(row, " ")+" |") {
				t.Errorf("%d hosts, %v: no row %q", c.hosts, c.scheme, row)
			}
		}
	}
}

func protocol(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
