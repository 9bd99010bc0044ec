package rings_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// sources are all hosts of the ring as survey.Compare asks them.
func (r *memoryRing) sources() []survey.Source {
	r.t.Helper()
	dial := func(ctx context.Context, _, address string) (net.Conn, error) {
		return r.DialBelow(ctx, fromAfar, netip.MustParseAddrPort(address))
	}
	all := make([]survey.Source, len(r.hosts))
	for i, address := range r.Addresses() {
		host := survey.NewHost(r.hosts[i].Name(), address, survey.Times{Silence: 2 * time.Second, Answer: time.Hour}, dial)
		r.t.Cleanup(func() { host.Close() })
		all[i] = host
	}
	return all
}

// compare compares all hosts, and returns the report as people read it.
func (r *memoryRing) compare(settle time.Duration) string {
	r.t.Helper()
	report := survey.Compare(r.t.Context(), r.sources(), survey.Options{Settle: settle, Holders: 1})
	return strings.Join(report.Lines(), "\n")
}

// Hosts that hold the same agree; one that was cut off lacks what came since,
// until it is back.
func TestCompareARing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		for i := range 3 {
			r.send(i, texts(fmt.Sprint("by ", i), 100)...)
		}
		if got := r.compare(10 * time.Second); got != "3/3 identical: 300 messages in 3 runs, MV PA G" {
			t.Errorf("found %q", got)
		}
		away := r.Partition("G")
		r.send(0, texts("while away", 7)...)
		time.Sleep(5 * time.Second)
		lines := strings.Split(r.compare(10*time.Second), "\n")
		if len(lines) != 2 || lines[0] != "2/3 identical: 307 messages in 3 runs, MV PA" ||
			!strings.HasPrefix(lines[1], "G lacks MV.") || !strings.HasSuffix(lines[1], ".101-107") {
			t.Errorf("found %q", lines)
		}
		go func() {
			time.Sleep(3 * time.Second)
			away.Heal()
		}()
		begun := time.Now()
		if got := r.compare(time.Minute); got != "3/3 identical: 307 messages in 3 runs, MV PA G" {
			t.Errorf("found %q", got)
		}
		if took := time.Since(begun); took < 3*time.Second || took > 50*time.Second {
			t.Errorf("it settled after %v", took)
		}
	})
}

// A ring need not be quiet to be compared.
func TestCompareARingAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		done := make(chan error)
		go func() {
			var err error
			for round := range 100 {
				_, failed := r.try(0, texts(fmt.Sprint("round ", round), 10)...)
				err = errors.Join(err, failed)
				time.Sleep(10 * time.Millisecond)
			}
			done <- err
		}()
		time.Sleep(time.Second)
		if got := r.compare(2 * time.Second); !strings.HasPrefix(got, "3/3 identical: ") {
			t.Errorf("found %q", got)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// seed puts lines of the run LA.1 into a log of host i, before the host starts.
func (r *memoryRing) seed(i int, name string, lines ...string) {
	r.t.Helper()
	if err := r.hosts[i].Disk().Put(name, strings.Join(lines, "")); err != nil {
		r.t.Fatal(err)
	}
}

// seeded are the lines first to last, with the text of one of them.
func seeded(first, last, of int, text string) (lines []string) {
	for seq := first; seq <= last; seq++ {
		line := fmt.Sprintf("2026-11-22T10:26:00Z LA.1.%d a text\r\n", seq)
		if seq == of {
			line = strings.Replace(line, "a text", text, 1)
		}
		lines = append(lines, line)
	}
	return lines
}

// declared is the file that says that the run LA.1 is not asked for up to a message.
func declared(last int) string {
	text := fmt.Sprintf("zog floors 1\nlast 1\nfloor LA 1 %d\n", last)
	return text + fmt.Sprintf("crc %08x\n", crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli)))
}

func TestCompareFindsAnotherText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 3)
		r.seed(0, "access.log", seeded(1, 1000, 0, "")...)
		r.seed(1, "access.log", seeded(1, 1000, 777, "another")...)
		r.seed(2, "access.log", seeded(1, 1000, 0, "")...)
		r.startAll()
		time.Sleep(2 * time.Second)
		begun := time.Now()
		want := "2/3 identical: 1,000 messages in 1 run, MV G\nPA differs in LA.1.777 (another text)"
		if got := r.compare(10 * time.Second); got != want {
			t.Errorf("found %q", got)
		}
		if took := time.Since(begun); took < 10*time.Second || took > 20*time.Second {
			t.Errorf("a ring that does not settle was given up after %v", took)
		}
	})
}

// A host whose log has a hole says that it begins behind that, and has no digest
// for what is in it.
func TestAHostWithAHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.seed(0, "access.log.1", seeded(1, 300, 0, "")...)
		r.seed(0, "access.log", seeded(601, 900, 0, "")...)
		r.seed(0, ".access.log.floors", declared(600))
		r.seed(1, "access.log", seeded(1, 900, 0, "")...)
		r.startAll()
		time.Sleep(2 * time.Second)
		w := r.client()
		mark := func(first, last uint64) *pzog.Mark {
			return &pzog.Mark{Origin: "LA", Boot: 1, First: first, Seq: last}
		}
		w.askSurvey(mark(301, 601), mark(602, 900), mark(901, 902))
		for i, m := range w.surveyed() {
			if (len(m.Digest) > 0) != (i == 1) {
				t.Errorf("answer %d is %v", i, m)
			}
		}
		want := "2/2 agree, but some begin later: 900 messages in 1 run, MV PA\nMV begins at LA.1.601: older lines were retired"
		if got := r.compare(0); got != want {
			t.Errorf("found %q", got)
		}
	})
}

// That a host once wrote its lines is not enough: it must be able to read them.
func TestCompareFindsWhatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		r.send(0, texts("a text", 100)...)
		time.Sleep(2 * time.Second)
		unreadable := r.hosts[1].Disk().Only("access.log").Fail(nil, ringtest.Every("read"))
		lines := strings.Split(r.compare(0), "\n")
		if len(lines) != 2 || lines[0] != "2/3 identical: 100 messages in 1 run, MV G" ||
			!strings.HasPrefix(lines[1], "PA says that it has MV.") || !strings.HasSuffix(lines[1], ".1-100, but in its log that is missing, unreadable or there twice") {
			t.Errorf("found %q", lines)
		}
		unreadable.Heal()
		if got := r.compare(0); got != "3/3 identical: 100 messages in 1 run, MV PA G" {
			t.Errorf("found %q", got)
		}
	})
}

func TestCompareNamesWhoIsNotReachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		r.send(0, "a text")
		time.Sleep(2 * time.Second)
		r.stop(2)
		want := "2/2 reachable identical: 1 message in 1 run, MV PA\nG is not reachable at 127.0.55.3:55552: connection refused"
		if got := r.compare(10 * time.Second); got != want {
			t.Errorf("found %q", got)
		}
		r.hosts[1].Pause()
		begun := time.Now()
		lines := strings.Split(r.compare(10*time.Second), "\n")
		if len(lines) != 3 || lines[0] != "1/1 reachable identical: 1 message in 1 run, MV" || lines[1] != "PA has said nothing for 2s" {
			t.Errorf("found %q", lines)
		}
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("a host that says nothing was given up after %v", took)
		}
	})
}
