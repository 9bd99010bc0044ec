package journal_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/record"
)

// FuzzRecover: whatever access.log is, no record in it is lost: it is in the
// log or in damaged/. What is there is a journal, and stays one.
func FuzzRecover(f *testing.F) {
	log := lines(1, 5)
	f.Add([]byte{}, []byte{})
	f.Add([]byte(log), []byte{})
	f.Add([]byte(log[:40]), []byte(log))
	f.Add([]byte(lines(1, 2)+"x\r\n"+lines(3, 4)), []byte(lines(2, 5)))
	f.Add([]byte(lines(4, 5)+line(ss, 1)), []byte(lines(1, 3)+lines(6, 6)))
	f.Add([]byte(lines(1, 1)+lines(3, 3)), []byte(lines(4, 4)))
	f.Add([]byte(log+"\r\n\x00\x00\n"), []byte(lines(7, 9)))
	f.Fuzz(func(t *testing.T, sealed, active []byte) {
		k := newHarness(t)
		found(k, string(sealed), string(active))
	})
}

// found lets a journal find some segments, the last of which is active.
func found(k *harness, segments ...string) {
	for i, content := range segments {
		name := numbered(i + 1)
		if i == len(segments)-1 {
			name = "access.log"
		}
		k.put(name, content)
	}
	k.begin()
	k.orderly()
	there := k.onDisk()
	for _, name := range k.damaged() {
		there += "\n" + k.content("damaged/"+name)
	}
	for l := range strings.Lines(strings.Join(segments, "\n")) {
		if _, err := new(record.Parser).Parse([]byte(l)); err == nil && !strings.Contains(there, l) {
			k.t.Fatalf("%q is lost of %q; there is %q", l, segments, there)
		}
	}
	want := k.onDisk()
	k.reopen()
	k.orderly()
	if got := k.onDisk(); got != want || len(k.recovery.Damaged) > 0 || k.recovery.TornTail > 0 || k.recovery.Missing > 0 {
		k.t.Fatalf("%q becomes %q, %+v", want, got, k.recovery)
	}
	k.end()
}

// So it is with segments of lines in any order.
func TestAnyLinesInAnyOrder(t *testing.T) {
	floors := open(t).content(".access.log.floors")
	rapid.Check(t, func(t *rapid.T) {
		pieces := []string{"x\r\n", "x", "\n", strings.Repeat("\x00", 512)}
		for seq := range uint64(6) {
			pieces = append(pieces, line(la, seq+1), line(la, seq+1), line(ss, seq+1))
		}
		var segments []string
		for range rapid.IntRange(1, 4).Draw(t, "segments") {
			segments = append(segments, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8).Draw(t, "lines"), ""))
		}
		k := newHarness(t)
		if rapid.Bool().Draw(t, "with floors") {
			k.put(".access.log.floors", floors)
		}
		found(k, segments...)
	})
}
