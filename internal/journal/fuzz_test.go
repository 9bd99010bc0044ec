package journal_test

import (
	"bytes"
	"os"
	"testing"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/record"
)

// FuzzRecover: whatever access.log is, Open either leaves it alone and says
// what is wrong, or keeps a prefix of whole records, behind which no record is.
func FuzzRecover(f *testing.F) {
	_, log, begins := five()
	f.Add([]byte{})
	f.Add(log)
	f.Add(log[:len(log)-1])
	f.Add(log[begins[1]:])
	f.Add(append(bytes.Clone(log[:begins[2]-2]), log[begins[2]:]...))
	f.Add(append(bytes.Clone(log), "\r\n\x00\x00\n"...))
	f.Fuzz(func(t *testing.T, in []byte) {
		dir, path := put(t, "access.log", in)
		k := newKeeper(t, dir)
		j, recovery, err := journal.Open(k.cfg)
		if err != nil {
			holds(t, path, in)
			return
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(in, kept) || len(kept)+int(recovery.TornTail) != len(in) {
			t.Fatalf("of %q is kept %q, %d are cut off, %v", in, kept, recovery.TornTail, err)
		}
		if n := count(kept); n != recovery.Records || n != uint64(bytes.Count(kept, []byte("\n"))) {
			t.Errorf("%d records are found in %q, which has %d", recovery.Records, kept, n)
		}
		if n := count(in[len(kept):]); n != 0 {
			t.Errorf("%d records are cut off with %q", n, in[len(kept):])
		}
		if open, atRisk := k.fs.state(); open != 0 || atRisk != 0 {
			t.Errorf("%d files are open, %d at risk", open, atRisk)
		}
	})
}

// count counts the lines that are records.
func count(b []byte) (n uint64) {
	for line := range bytes.Lines(b) {
		if _, err := new(record.Parser).Parse(line); err == nil {
			n++
		}
	}
	return n
}
