package journal_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/row"
)

// sound fails unless the journal is orderly and has no line that was never
// logged.
func (k *harness) sound() {
	k.t.Helper()
	for l := range strings.Lines(k.orderly()) {
		if run, seq := identity(l); l != line(run, seq) {
			k.t.Fatalf("%q was never logged", l)
		}
	}
}

// orderly fails unless the journal is what it says: every line on the disk is a
// record, each run is in order, once, and without a hole from its First to its
// Seq; and a Reader gives just these lines, which it returns.
func (k *harness) orderly() string {
	k.t.Helper()
	all := k.onDisk()
	last := make(map[marks.Run]uint64)
	for l := range bytes.Lines([]byte(all)) {
		rec, err := new(record.Parser).Parse(l)
		if err != nil {
			k.t.Fatalf("%q is no record: %v", l, err)
		}
		run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
		have, first := last[run], k.Marks().First(run)
		if rec.Seq <= have || rec.Seq > have+1 && rec.Seq > first {
			k.t.Fatalf("%v %d stands behind %d, and is held from %d on; the log is\n%s", run, rec.Seq, have, first, all)
		}
		last[run] = rec.Seq
	}
	for _, m := range k.Marks().Marks() {
		if m.Seq != max(last[m.Run], m.First-1) {
			k.t.Fatalf("mark %+v, and the last on the disk is %d", m, last[m.Run])
		}
		delete(last, m.Run)
	}
	if len(last) > 0 {
		k.t.Fatalf("there are no marks for %v", last)
	}
	if got := k.readAll(); got != all {
		k.t.Fatalf("a Reader gives\n%sand on the disk is\n%s", got, all)
	}
	return all
}

// holds fails unless the journal is sound and holds just these lines.
func (k *harness) holds(want string) {
	k.t.Helper()
	k.sound()
	if got := k.onDisk(); got != want {
		k.t.Fatalf("the log is\n%swant\n%s", got, want)
	}
}

// mark fails unless the mark of a run is this one.
func (k *harness) mark(run marks.Run, seq, first uint64) {
	k.t.Helper()
	if m := k.Marks(); m.Seq(run) != seq || m.First(run) != first {
		k.t.Fatalf("%v is marked %d from %d, want %d from %d", run, m.Seq(run), m.First(run), seq, first)
	}
}

// segments fails unless these are the names of the segments.
func (k *harness) segments(want ...string) {
	k.t.Helper()
	if got := k.names(""); !slices.Equal(got, want) {
		k.t.Fatalf("segments %q, want %q", got, want)
	}
}

// undamaged fails if the last recovery has found anything wrong.
func (k *harness) undamaged() {
	k.t.Helper()
	if r := k.recovery; len(r.Damaged) > 0 || r.Missing > 0 || r.Excused > 0 || len(r.Ignored) > 0 || r.TornTail > 0 || r.Waiting > 0 || len(k.damaged()) > 0 {
		k.t.Fatalf("%+v, in damaged %q", r, k.damaged())
	}
}

// identity returns which message a line is.
func identity(l string) (marks.Run, uint64) {
	r, err := new(record.Parser).Parse([]byte(l))
	if err != nil {
		panic(err)
	}
	return marks.Run{Origin: r.Origin, Boot: r.Boot}, r.Seq
}

// read returns what a Reader gives up to the end, as lines.
func read(r *journal.Reader) (lines string, err error) {
	for {
		rows, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && len(rows) == 0:
			return lines, nil
		case err != nil:
			return lines, err
		case len(rows) == 0:
			return lines, errors.New("neither messages nor an end")
		}
		lines += linesOf(rows)
	}
}

// linesOf returns rows as lines.
func linesOf(rows []row.Row) (lines string) {
	var f record.Formatter
	for i := range rows {
		for m := range rows[i].Len() {
			rec := rows[i].Record(m)
			lines += string(f.Append(nil, &rec))
		}
	}
	return lines
}

// readAll returns what a new Reader gives.
func (k *harness) readAll() string {
	k.t.Helper()
	r := k.Reader(new(marks.Vector))
	got, err := read(r)
	k.must(errors.Join(err, r.Close()))
	return got
}
