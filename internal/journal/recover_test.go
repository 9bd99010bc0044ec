package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// five is a log of five records of one run, and where each of them begins.
func five() (records []record.Record, log []byte, begins []int) {
	for seq := range uint64(5) {
		r := record.Record{Origin: "LA", Boot: 7, Seq: seq + 1, Time: 1000, Text: []byte("abc def\r\n")}
		records, begins = append(records, r), append(begins, len(log))
		log = append(log, line(r)...)
	}
	return records, log, append(begins, len(log))
}

// recovered opens a journal with a broken log, of which n records are whole.
func recovered(t *testing.T, content []byte, n int) *keeper {
	t.Helper()
	records, log, begins := five()
	dir, path := put(t, "access.log", content)
	k := open(t, dir)
	k.records = records[:n]
	k.checkAll()
	holds(t, path, log[:begins[n]])
	if got := k.recovery; got.Records != uint64(n) || got.TornTail != int64(len(content)-begins[n]) || got.Marks.Seq(itsRun(records[0])) != uint64(n) {
		t.Fatalf("%+v, want %d records before %d bytes of torn tail", got, n, len(content)-begins[n])
	}
	return k
}

func itsRun(r record.Record) marks.Run { return marks.Run{Origin: r.Origin, Boot: r.Boot} }

// Wherever a crash cuts the log, and whatever it leaves behind that point, the
// whole records before it are there, and the log goes on from them.
func TestATornTailIsCutOff(t *testing.T) {
	_, log, begins := five()
	for name, rest := range map[string]func(cut int) []byte{
		"nothing":   func(int) []byte { return nil },
		"zeros":     func(cut int) []byte { return make([]byte, len(log)-cut+1) },
		"bad lines": func(int) []byte { return []byte("x\ny\n") },
	} {
		t.Run(name, func(t *testing.T) {
			for cut := begins[3]; cut <= len(log); cut++ {
				n := 3
				for n < 5 && cut >= begins[n+1] {
					n++
				}
				k := recovered(t, append(bytes.Clone(log[:cut]), rest(cut)...), n)
				k.mustLog(2)
				k.reopen()
				k.checkAll()
			}
		})
	}
}

// A rename may come between a crash and the end of the log: the newest segment
// is torn then, whatever its name. Of others that is damage.
func TestOnlyTheNewestSegmentMayBeTorn(t *testing.T) {
	_, log, begins := five()
	dir, path := put(t, "access.log.1", log[:begins[3]-5])
	k := open(t, dir)
	if k.recovery.Records != 2 || k.recovery.TornTail != int64(begins[3]-begins[2]-5) {
		t.Errorf("%+v", k.recovery)
	}
	holds(t, path, log[:begins[2]])
	k.mustLog(3)
	k.end()
	torn := log[:begins[2]-5]
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, k, fmt.Sprintf("%s: %d bytes at the end are not records", path, begins[2]-5-begins[1]))
	holds(t, path, torn)
}

// refused fails unless the journal cannot be opened, for a reason that begins
// with why, and leaves nothing open.
func refused(t testing.TB, k *keeper, why string) error {
	t.Helper()
	j, recovery, err := journal.Open(k.cfg)
	if err == nil || j != nil || recovery != nil || !strings.HasPrefix(err.Error(), why) {
		t.Fatalf("Open gives %v, %v, %v; want an error %s", j, recovery, err, why)
	}
	if open, _ := k.fs.state(); open != 0 {
		t.Fatalf("%d files are open after %v", open, err)
	}
	return err
}

// Behind what is bad no crash leaves anything good.
func TestDamageInTheMiddleIsNamed(t *testing.T) {
	_, log, b := five()
	const large = 300 << 10 // more than is read at a time
	for name, tt := range map[string]struct {
		content [][]byte
		at      int
	}{
		"a bad line":             {[][]byte{log[:b[1]], []byte("bad\r\n"), log[b[1]:]}, b[1]},
		"at the start":           {[][]byte{[]byte("bad\r\n"), log}, 0},
		"two bad lines":          {[][]byte{log[:b[1]], []byte("bad\nbad\n"), log[b[1]:]}, b[1]},
		"zeros without an end":   {[][]byte{log[:b[1]], make([]byte, 9), log[b[1]:]}, b[1]},
		"many, without an end":   {[][]byte{log[:b[1]], make([]byte, large), log[b[1]:b[2]], log[b[1]:]}, b[1]},
		"a record twice":         {[][]byte{log[:b[2]], log[b[1]:]}, b[2]},
		"a record missing":       {[][]byte{log[:b[1]], log[b[2]:]}, b[1]},
		"two out of order":       {[][]byte{log[:b[1]], log[b[2]:b[3]], log[b[1]:b[2]]}, b[1]},
		"a line of a larger log": {[][]byte{log[:b[1]], bytes.Repeat([]byte("x"), 600), []byte("\r\n"), log[b[1]:]}, b[1]},
	} {
		t.Run(name, func(t *testing.T) {
			content := bytes.Join(tt.content, nil)
			for _, name := range []string{"access.log", "access.log.3"} {
				dir, path := put(t, name, content)
				refused(t, newKeeper(t, dir), fmt.Sprintf("%s: damaged at byte %d: ", path, tt.at))
				holds(t, path, content)
			}
		})
	}
}

// Files that somebody has taken away leave a hole between two segments, or
// before the first. It is declared, and the run goes on behind it.
func TestAFileThatWasTakenAwayLeavesAHole(t *testing.T) {
	_, log, b := five()
	for name, tt := range map[string]struct {
		oldest  []byte
		newest  []byte
		records uint64
		missing uint64
	}{
		"the first":     {nil, log[b[2]:], 3, 2},
		"in the middle": {log[:b[1]], log[b[3]:], 3, 2},
		"none":          {log[:b[1]], log[b[1]:], 5, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := put(t, "access.log", tt.newest)
			if tt.oldest != nil {
				if err := os.WriteFile(filepath.Join(dir, "access.log.1"), tt.oldest, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			k := newKeeper(t, dir)
			j, recovery, err := journal.Open(k.cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			m := recovery.Marks.Marks()[0]
			if recovery.Records != tt.records || recovery.Missing != tt.missing || m.Seq != 5 {
				t.Errorf("%+v, mark %+v", recovery, m)
			}
			if name == "the first" && m.First != 3 {
				t.Errorf("the oldest line held is said to be %d, want 3", m.First)
			}
		})
	}
}

func TestALargeTornTailIsCutOff(t *testing.T) {
	_, log, _ := five()
	recovered(t, append(bytes.Clone(log), bytes.Repeat([]byte("x"), 300<<10)...), 5)
	recovered(t, make([]byte, 600<<10), 0)
}

// Lines have no checksums. Of a flipped bit this much is certain: it does not
// change which messages the log holds. Either it is found, and its place named,
// or it has made another good time or text of the same message.
func TestAFlippedBitDoesNotChangeWhichMessagesThereAre(t *testing.T) {
	records, log, begins := five()
	mine := log[begins[2]:begins[3]]
	time, text := bytes.IndexByte(mine, ' '), bytes.LastIndex(mine, records[2].Text)
	dir, path := put(t, "access.log", log)
	for bit := range 8 * len(mine) {
		flipped := bytes.Clone(log)
		flipped[begins[2]+bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		k := newKeeper(t, dir)
		j, recovery, err := journal.Open(k.cfg)
		if err != nil {
			// One that makes it a message of another run is found out by the
			// hole that it leaves: at the next of its own.
			here := strings.HasPrefix(err.Error(), fmt.Sprintf("%s: damaged at byte %d: ", path, begins[2]))
			next := strings.HasPrefix(err.Error(), fmt.Sprintf("%s: damaged at byte %d: ", path, begins[3]))
			if !here && !next {
				t.Errorf("bit %d: error %v, want the byte %d or %d named", bit, err, begins[2], begins[3])
			}
			continue
		}
		if at := bit / 8; at >= time && at < text || at >= len(mine)-2 {
			t.Errorf("bit %d is neither of the time nor of the text, and was not found", bit)
		}
		if recovery.Records != 5 || recovery.Marks.Len() != 1 || recovery.Marks.Seq(itsRun(records[0])) != 5 {
			t.Errorf("bit %d has changed the messages: %+v", bit, recovery)
		}
		j.Close()
	}
}

// What cannot be read is not taken for the end of the log.
func TestADiskThatFailsAtTheStartIsNotBelieved(t *testing.T) {
	_, log, begins := five()
	for _, op := range []operation{opening, reading, listing, truncating, syncing} {
		t.Run(string(op), func(t *testing.T) {
			content := log[:begins[3]+5]
			dir, path := put(t, "access.log", content)
			k := newKeeper(t, dir)
			k.fs.fail(op, syscall.EIO)
			if err := refused(t, k, ""); !errors.Is(err, syscall.EIO) {
				t.Errorf("error %v", err)
			}
			if op != syncing {
				holds(t, path, content)
			}
			recovered(t, content, 3)
		})
	}
}

// A daemon that was killed may have left lines that it wrote and did not sync.
// They are synced before anybody is told that they are durable (I1).
func TestWhatIsFoundIsSyncedBeforeItIsBelieved(t *testing.T) {
	_, log, _ := five()
	dir, _ := put(t, "access.log", log)
	k := newKeeper(t, dir)
	k.fs.fail(syncing, syscall.EIO)
	if err := refused(t, k, ""); !errors.Is(err, syscall.EIO) {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsNotAFileIsNamed(t *testing.T) {
	for _, name := range []string{"access.log", "access.log.4"} {
		k := newKeeper(t, t.TempDir())
		if err := os.Mkdir(k.path(name), 0o700); err != nil {
			t.Fatal(err)
		}
		refused(t, k, "access log: open "+k.path(name))
	}
}
