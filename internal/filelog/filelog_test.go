package filelog_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/filelog"
	"xlattice.org/zog/internal/inspect"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
	"xlattice.org/zog/internal/tail"
)

// line returns a line of run ORIGIN.1, taken seq minutes after an hour.
func line(origin string, seq int) string {
	return fmt.Sprintf("2026-11-22T10:%02d:00Z %s.1.%d text %d\r\n", seq, origin, seq, seq)
}

func lines(origin string, first, last int) (all string) {
	for seq := first; seq <= last; seq++ {
		all += line(origin, seq)
	}
	return all
}

// directory makes a log directory from pairs of name and content.
func directory(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		add(t, filepath.Join(dir, files[i]), files[i+1])
	}
	return dir
}

func add(t *testing.T, path, content string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil {
		_, err = file.WriteString(content)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *filelog.Log {
	t.Helper()
	l, err := filelog.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// said is what the log has after a place: identities, and what is missing in brackets.
func said(t *testing.T, l *filelog.Log, p tail.Place) string {
	t.Helper()
	at, err := l.Resolve(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for m, err := range l.Read(t.Context(), at, false) {
		if err != nil {
			words = append(words, "["+err.Error()+"]")
			continue
		}
		if m.Text != fmt.Sprint("text ", m.Seq) {
			t.Errorf("the text of %d is %q", m.Seq, m.Text)
		}
		words = append(words, fmt.Sprintf("%s%d", m.Origin, m.Seq))
	}
	return strings.Join(words, " ")
}

func at(t *testing.T, text string) tail.Place {
	t.Helper()
	p, err := position.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return tail.Place{Kind: tail.Given, At: p}
}

func minute(n int) time.Time { return time.Date(2026, 11, 22, 10, n, 0, 0, time.UTC) }

func TestRead(t *testing.T) {
	mixed := []string{"access.log.9", line("A", 1) + line("B", 1), "access.log.10", line("A", 2), "access.log", line("B", 2) + line("A", 3)}
	for name, tt := range map[string]struct {
		files []string
		place tail.Place
		want  string
	}{
		"all segments, in the order of their numbers": {mixed, tail.Place{}, "A1 B1 A2 B2 A3"},
		"the end":           {mixed, tail.Place{Kind: tail.End}, ""},
		"the last":          {mixed, tail.Place{Kind: tail.Last, Last: 3}, "A2 B2 A3"},
		"the last of few":   {mixed, tail.Place{Kind: tail.Last, Last: 30}, "A1 B1 A2 B2 A3"},
		"a time":            {mixed, tail.Place{Kind: tail.Since, Since: minute(2)}, "A2 B2 A3"},
		"a moment later":    {mixed, tail.Place{Kind: tail.Since, Since: minute(2).Add(1)}, "A3"},
		"a position":        {mixed, at(t, "zog1:A.1.2"), "B1 B2 A3"},
		"no active segment": {[]string{"access.log.1", line("A", 1)}, tail.Place{}, "A1"},
		"begins later":      {[]string{"access.log", lines("A", 5, 6)}, tail.Place{}, "A5 A6"},
		"a hole":            {[]string{"access.log", line("A", 1) + line("A", 5)}, tail.Place{}, "A1 [not in the log any more: A.1.2-4] A5"},
		"damage":            {[]string{"access.log", line("A", 1) + "x\n" + line("A", 2)}, tail.Place{}, "A1 [access.log: 2 bytes at 35 are no messages] A2"},
		"a line that is not whole": {[]string{"access.log.1", line("A", 1) + line("A", 2)[:9], "access.log", line("A", 2) + line("A", 3)[:9]}, tail.Place{},
			"A1 [access.log.1: 9 bytes at 35 are no messages] A2"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := said(t, open(t, directory(t, tt.files...)), tt.place); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if _, err := filelog.Open(t.TempDir()); !errors.Is(err, inspect.ErrNoLog) {
		t.Errorf("a directory without a log: %v", err)
	}
}

// The log of a journal, whose sealed segments have indexes, gives the same from any place as when
// all is read: also when the segments that are not wanted cannot be read.
func TestSegmentsAreLeftOutByTheirIndexes(t *testing.T) {
	dir := t.TempDir()
	w, _, err := journal.Open(journal.Config{FS: disk.OS{}, Dir: dir, Now: time.Now, SegmentBytes: 100})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for seq := 1; seq <= 12; seq++ {
		origin := "AB"[seq%2 : seq%2+1]
		n := (seq + 1) / 2
		text := line(origin, n)
		w.Offer(marks.Run{Origin: origin, Boot: 1}, uint64(n), 1)
		if _, err := w.Append([]byte(text), uint64(seq)); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s%d", origin, n))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l := open(t, dir)
	if got := said(t, l, tail.Place{}); got != strings.Join(all, " ") {
		t.Errorf("got %q, want %q", got, all)
	}
	spoil(t, filepath.Join(dir, "access.log.1"))
	for n := range 6 {
		if got, want := said(t, l, tail.Place{Kind: tail.Last, Last: n + 1}), strings.Join(all[len(all)-n-1:], " "); got != want {
			t.Errorf("of the last %d got %q, want %q", n+1, got, want)
		}
	}
	if got := said(t, l, tail.Place{Kind: tail.End}); got != "" {
		t.Errorf("after the end there is %q", got)
	}
	if got := said(t, l, at(t, "zog1:A.1.5,B.1.5")); got != "B6 A6" {
		t.Errorf("after a position there is %q", got)
	}
}

// spoil replaces all bytes of a file.
func spoil(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Repeat("x", int(info.Size()))), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What was retired is a hole for one who has read the run, and none for one who begins.
func TestRetired(t *testing.T) {
	a := marks.Run{Origin: "A", Boot: 1}
	dir := directory(t, "access.log", "")
	w, _, err := journal.Open(journal.Config{FS: disk.OS{}, Dir: dir, Now: time.Now, SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	b := marks.Run{Origin: "B", Boot: 1}
	if err := errors.Join(w.Declare([]marks.Mark{{Run: a, Seq: 4}, {Run: b, Seq: 9}}), w.Close()); err != nil {
		t.Fatal(err)
	}
	add(t, filepath.Join(dir, "access.log"), lines("A", 5, 6))
	l := open(t, dir)
	if got := said(t, l, tail.Place{}); got != "A5 A6" {
		t.Errorf("from the beginning there is %q", got)
	}
	for place, want := range map[string]string{
		"zog1:A.1.2,B.1.9": "[not in the log any more: A.1.3-4] A5 A6",
		"zog1:A.1.4,B.1.7": "A5 A6 [not in the log any more: B.1.8-9]", // nothing is left of the run
		"zog1:A.1.2":       "[not in the log any more: A.1.3-4] A5 A6 [not in the log any more: B.1.1-9]",
	} {
		if got := said(t, l, at(t, place)); got != want {
			t.Errorf("after %s there is %q, want %q", place, got, want)
		}
	}
}

// Who wants no more is given no more, wherever that is.
func TestALoopThatEnds(t *testing.T) {
	l := open(t, directory(t, "access.log.1", lines("A", 1, 3)+"x\n"+line("A", 4)[:9], "access.log.2", line("A", 6), "access.log", "x\n"+lines("A", 7, 8)))
	for _, follow := range []bool{false, true} {
		for n := 1; n <= 9; n++ { // 6 messages, 3 pieces of damage, a hole
			given := 0
			for range l.Read(t.Context(), position.Position{}.After(marks.Run{Origin: "A", Boot: 1}, 1), follow) {
				if given++; given == n {
					break
				}
			}
			if given != n {
				t.Errorf("follow %v: %d were given, want %d", follow, given, n)
			}
		}
	}
}

// Who follows gets each line once, also while the file is renamed, and a line that is written in
// two parts when it is whole.
func TestFollowing(t *testing.T) {
	dir := directory(t, "access.log", line("A", 1))
	active := filepath.Join(dir, "access.log")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []int
	for m, err := range open(t, dir).Read(ctx, position.Position{}, true) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			break
		}
		got = append(got, int(m.Seq))
		switch m.Seq {
		case 1:
			add(t, active, line("A", 2)+line("A", 3)[:7])
		case 2:
			add(t, active, line("A", 3)[7:])
			if err := os.Rename(active, active+".1"); err != nil {
				t.Fatal(err)
			}
			add(t, active, line("A", 4))
		case 4:
			cancel()
		}
	}
	if !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Errorf("got %v", got)
	}
}
