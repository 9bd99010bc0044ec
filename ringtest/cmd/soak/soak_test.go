package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/test/check"
)

// Plans are within their bounds, of each kind, and the same for the same seed.
func TestDraw(t *testing.T) {
	chance, again := rand.New(rand.NewPCG(1, 0)), rand.New(rand.NewPCG(1, 0))
	var k kills
	for range 1000 {
		p := draw(chance, size)
		if q := draw(again, size); fmt.Sprint(p) != fmt.Sprint(q) {
			t.Fatalf("%v and %v", p, q)
		}
		sorted := slices.Sorted(slices.Values(p.victims))
		if len(slices.Compact(sorted)) != len(p.victims) || sorted[0] < 0 || sorted[len(sorted)-1] >= size {
			t.Fatalf("victims %v", p.victims)
		}
		if p.traffic <= 0 || p.traffic+p.down+p.again > 2*time.Second {
			t.Fatalf("%v is not within 2 s", p)
		}
		k.count(&p, size)
	}
	if k.cycles != 1000 || k.one+k.two+k.all != 1000 || k.one < 600 || k.two < 100 || k.all < 40 || k.whileTheyStart < 80 {
		t.Errorf("%+v", k)
	}
}

// No two messages have the same text, and each can be told by it.
func TestTexts(t *testing.T) {
	seen := map[string]bool{}
	for sender := range 3 {
		for n := range uint32(2000) {
			text := textOf(sender, n)
			gotSender, gotN, ok := parseText(text)
			if !ok || gotSender != sender || gotN != n || seen[text] || len(text) > 509 {
				t.Fatalf("%q: %d, %d, %t", text, gotSender, gotN, ok)
			}
			seen[text] = true
		}
	}
	for _, text := range []string{"", "c", "c1", "c1.", "c1.x", "c1.2", "c1.2 another", "x1.2 the", "c1.4294967296 "} {
		if _, _, ok := parseText(text); ok {
			t.Errorf("%q is one of ours", text)
		}
	}
}

// disk is a log directory that a test writes as a host does.
type disk struct {
	t   *testing.T
	dir string
	seq int
}

func (d *disk) path(name string) string { return filepath.Join(d.dir, name) }

// write appends messages of sender 0 to a segment, and raw after them.
func (d *disk) write(name, raw string, numbers ...uint32) {
	d.t.Helper()
	f, err := os.OpenFile(d.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, n := range numbers {
		d.seq++
		fmt.Fprintf(f, "2026-11-22T10:26:00Z MV.1.%d %s\r\n", d.seq, textOf(0, n))
	}
	fmt.Fprint(f, raw)
	if err := f.Close(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *disk) rename(from, to string) {
	d.t.Helper()
	if err := os.Rename(d.path(from), d.path(to)); err != nil {
		d.t.Fatal(err)
	}
}

// requireSeen polls, and requires that the messages 0 to n-1 were seen.
func (f *follower) requireSeen(t *testing.T, n uint32) {
	t.Helper()
	if err := f.poll(); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if !f.seen[0].has(i) {
			t.Errorf("message %d was not seen", i)
		}
	}
	if f.seen[0].has(n) {
		t.Errorf("message %d was seen", n)
	}
}

// A follower sees all lines, wherever they are moved while it reads.
func TestFollower(t *testing.T) {
	d := &disk{t: t, dir: t.TempDir()}
	f := newFollower(d.dir, 1)
	defer f.close()
	f.requireSeen(t, 0) // there is no log yet
	d.write("access.log", "2026-11-22T10:26:00Z MV.1.2 c0.1", 0)
	f.requireSeen(t, 1)
	if err := os.Truncate(d.path("access.log"), 0); err != nil { // a torn tail is cut off
		t.Fatal(err)
	}
	d.seq = 0
	d.write("access.log", "", 0)
	d.write("access.log", "rubbish\r\n", 1)
	f.requireSeen(t, 2)
	d.write("access.log", "", 2)
	d.rename("access.log", "access.log.1")
	f.requireSeen(t, 3) // no new one yet
	d.write("access.log", "", 3)
	d.rename("access.log", "access.log.2")
	d.write("access.log", "", 4)
	d.rename("access.log", "access.log.3")
	d.write("access.log", "", 5)
	f.requireSeen(t, 6)
	// It is written to and sealed after it was read, and before that is seen.
	if err := f.read(); err != nil {
		t.Fatal(err)
	}
	d.write("access.log", "", 6)
	d.rename("access.log", "access.log.4")
	d.write("access.log", "", 7)
	if more, err := f.nextSegment(); err != nil || !more {
		t.Errorf("%t, %v", more, err)
	}
	f.requireSeen(t, 8)
	if size, err := f.size(); err != nil || size < 6*30 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

// What is lacking is what was acknowledged and not seen, up to a point in time.
func TestLacks(t *testing.T) {
	dir := t.TempDir()
	l, err := newLedger(filepath.Join(dir, "oks.jsonl"), 2)
	if err != nil {
		t.Fatal(err)
	}
	add := func(sender int, n uint32, o check.Outcome) {
		l.add(sender, check.Message{Sender: fmt.Sprint("c", sender), N: uint64(n), Text: textOf(sender, n), Outcome: o})
	}
	for n := range uint32(4) {
		add(0, n, check.Ok)
	}
	add(1, 0, check.Unknown)
	goal := l.acknowledged()
	add(0, 4, check.Ok)
	d := &disk{t: t, dir: dir}
	f := newFollower(dir, 2)
	defer f.close()
	for _, step := range []struct {
		writes []uint32
		lacks  int
	}{{nil, 4}, {[]uint32{0, 2}, 2}, {[]uint32{3}, 1}, {[]uint32{1}, 0}} {
		d.write("access.log", "", step.writes...)
		if err := f.poll(); err != nil {
			t.Fatal(err)
		}
		if got := f.lacks(l, goal); got != step.lacks {
			t.Errorf("after %v it lacks %d, want %d", step.writes, got, step.lacks)
		}
	}
	if got := f.lacks(l, l.acknowledged()); got != 1 {
		t.Errorf("of all it lacks %d", got)
	}
	if ok, refused, unknown := l.sums(); ok != 5 || refused != 0 || unknown != 1 {
		t.Errorf("%d, %d, %d", ok, refused, unknown)
	}
	requireRecord(t, l, filepath.Join(dir, "oks.jsonl"))
}

// requireRecord requires that the file is what is in memory.
func requireRecord(t *testing.T, l *ledger, path string) {
	t.Helper()
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := check.ReadRecord(bytes.NewReader(data))
	if err != nil || again.Len() != l.record.Len() {
		t.Errorf("%v of %d messages", err, l.record.Len())
	}
}

// All violations are counted, and the first are kept.
func TestViolations(t *testing.T) {
	var v violations
	v.add(nil)
	for range 100 {
		v.add(errors.New("bad"))
	}
	if v.count != 100 || len(v.first) != maxViolations {
		t.Errorf("%d, %d", v.count, len(v.first))
	}
}

// What cannot be run is said before anything runs.
func TestFlags(t *testing.T) {
	for _, args := range []string{"--cycles 0", "--clients 0", "--clients 101", "--rate 0", "--copies 6", "--order both", "--limit 0s", "x"} {
		cmd := newRoot()
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs(strings.Fields(args))
		if err := cmd.Execute(); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
	s := &settings{cycles: 1, clients: 1, rate: 1, copies: 1, order: "own", limit: 1, heal: 1}
	if err := s.check(); err != nil || s.seed == 0 {
		t.Errorf("%v, seed %d", err, s.seed)
	}
}
