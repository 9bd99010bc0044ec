package resend

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
)

var (
	la    = marks.Run{Origin: "LA", Boot: 1}
	later = marks.Run{Origin: "LA", Boot: 2}
	s     = marks.Run{Origin: "S", Boot: 1}
	start = time.Unix(1e9, 0)

	alice, bob = Owner{Conn: "alice"}, Owner{Conn: "bob"}
)

const forEver = time.Duration(math.MaxInt64)

type name struct{ session, number uint64 }

type identity struct {
	run marks.Run
	seq uint64
}

// model is a Table without stretches: a word for each message.
type model map[name]identity

func (m model) note(n name, id identity) {
	if _, known := m[n]; !known && n.session != 0 {
		m[n] = id
	}
}

// Few sessions, numbers and seqs, with the ends of what a number can be.
var (
	sessions = rapid.Uint64Range(0, 3)
	numbers  = rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Uint64Range(math.MaxUint64-3, math.MaxUint64))
	seqs     = rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Uint64Range(math.MaxUint64-3, math.MaxUint64))
	runs     = rapid.SampledFrom([]marks.Run{la, later, s})
)

// A Table that may hold all says what a map would.
func TestTableIsAMap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		table, m := New(math.MaxInt, forEver), model{}
		note := func(n name, id identity) {
			table.Note(alice, n.session, n.number, id.run, id.seq, 1, start)
			m.note(n, id)
		}
		r.Repeat(map[string]func(*rapid.T){
			"one": func(r *rapid.T) {
				note(name{sessions.Draw(r, "session"), numbers.Draw(r, "number")}, identity{runs.Draw(r, "run"), seqs.Draw(r, "seq")})
			},
			"a row": func(r *rapid.T) {
				n := name{sessions.Draw(r, "session"), numbers.Draw(r, "number")}
				id := identity{runs.Draw(r, "run"), seqs.Draw(r, "seq")}
				length := rapid.IntRange(1, 5).Draw(r, "length")
				length = int(min(uint64(length), math.MaxUint64-n.number, math.MaxUint64-id.seq)) // no overflow
				table.Note(alice, n.session, n.number, id.run, id.seq, length, start)
				for range length {
					m.note(n, id)
					n.number++
					id.seq++
				}
			},
			"retain": func(r *rapid.T) {
				ends := map[marks.Run]uint64{la: seqs.Draw(r, "LA 1"), later: seqs.Draw(r, "LA 2"), s: seqs.Draw(r, "S")}
				table.Retain(func(run marks.Run) uint64 { return ends[run] })
				for n, id := range m {
					if id.seq > ends[id.run] {
						delete(m, n)
					}
				}
			},
			"": func(r *rapid.T) {
				for session := range uint64(4) {
					for number := range uint64(40) {
						requireSame(r, table, m, name{session, number - 10}) // some are below 0, that is at the end
					}
				}
				requireSound(r, table)
			},
		})
	})
}

func requireSame(t *rapid.T, table *Table, m model, n name) {
	count := 1 + int(min(5, math.MaxUint64-n.number)) // no overflow
	run, seq, alike, ok := table.Find(n.session, n.number, count)
	want, known := m[n]
	if got := (identity{run, seq}); got != want || ok != known {
		t.Fatalf("%v is %v, %v; want %v, %v", n, got, ok, want, known)
	}
	// So far as it says that messages are alike, they are.
	for i := range uint64(alike) {
		want, known := m[name{n.session, n.number + i}]
		if known != ok || known && want != (identity{run, seq + i}) {
			t.Fatalf("%d from %v on are said to be alike, and number %d is %v, %v", alike, n, i, want, known)
		}
	}
}

// requireSound: rows are in order and apart, and each is in the list of ages, by
// age.
func requireSound(t *rapid.T, table *Table) {
	rows := 0
	for session, tr := range table.sessions {
		all := slices.Concat(tr.pages...)
		rows += len(all)
		if tr.id != session || len(all) == 0 {
			t.Fatalf("session %d has %d rows of %d", session, len(all), tr.id)
		}
		for i, st := range all {
			if last := st.number + st.length - 1; last < st.number || i+1 < len(all) && all[i+1].number <= last {
				t.Fatalf("session %d: row %d is of %d from %d on, over the next", session, i, st.length, st.number)
			}
		}
	}
	listed := 0
	for key, w := range table.owners.list {
		for st := w.oldest; st != nil; st = st.younger {
			listed++
			if st.owner != w || w.key != key {
				t.Fatal("a stretch is with another owner")
			}
			if st.younger == nil && st != w.youngest || st.younger != nil && st.younger.grew.Before(st.grew) {
				t.Fatal("the ages are not in order")
			}
		}
	}
	if rows != listed || rows != table.Len() {
		t.Fatalf("%d rows, %d in the list, %d counted", rows, listed, table.Len())
	}
}

// A Table that must forget never says anything wrong, keeps to its limit, and
// holds what has just been noted. What it forgets for its age is that old.
func TestTableForgets(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		const keep = 10
		limit := rapid.IntRange(1, 6).Draw(r, "limit")
		table, now := New(limit, keep), start
		said, grew := map[name]map[identity]bool{}, map[name]time.Time{}
		r.Repeat(map[string]func(*rapid.T){
			"note": func(r *rapid.T) {
				n := name{1 + sessions.Draw(r, "session"), numbers.Draw(r, "number")}
				id := identity{runs.Draw(r, "run"), seqs.Draw(r, "seq")}
				before := table.Len()
				_, _, _, known := table.Find(n.session, n.number, 1)
				table.Note(rapid.SampledFrom([]Owner{alice, bob}).Draw(r, "owner"), n.session, n.number, id.run, id.seq, 1, now)
				if said[n] == nil {
					said[n] = map[identity]bool{}
				}
				said[n][id] = true
				if !known {
					grew[n] = now
				}
				if _, _, _, ok := table.Find(n.session, n.number, 1); !ok || table.Len() > limit {
					r.Fatalf("%v is there: %v; %d stretches, at most %d", n, ok, table.Len(), limit)
				}
				since := now.Add(-keep)
				if before == limit { // who has too many may lose some before their time
					since = now
				}
				requireYoung(r, table, grew, since)
			},
			"time": func(r *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(0, keep).Draw(r, "passes"))) },
			"": func(r *rapid.T) {
				for n, ids := range said {
					if run, seq, _, ok := table.Find(n.session, n.number, 1); ok && !ids[identity{run, seq}] {
						r.Fatalf("%v is said to be %v %d", n, run, seq)
					}
				}
				requireSound(r, table)
			},
		})
	})
}

// requireYoung: what was noted after the time given is still there, unless it
// was forgotten before; what is forgotten is taken out of grew.
func requireYoung(t *rapid.T, table *Table, grew map[name]time.Time, since time.Time) {
	for n, at := range grew {
		if _, _, _, ok := table.Find(n.session, n.number, 1); ok {
			continue
		}
		if at.After(since) {
			t.Fatalf("%v is forgotten before its time", n)
		}
		delete(grew, n)
	}
}

func TestARowIsOneStretch(t *testing.T) {
	table := New(10, forEver)
	for n := range uint64(1000) {
		table.Note(alice, 7, 1+n, la, 41+n, 1, start)
	}
	if run, seq, _, ok := table.Find(7, 1000, 1); table.Len() != 1 || run != la || seq != 1040 || !ok {
		t.Errorf("%d stretches; 1000 is %v %d, %v", table.Len(), run, seq, ok)
	}
	for name, note := range map[string]func(){
		"a number is left out": func() { table.Note(alice, 7, 1002, la, 1042, 1, start) },
		"a seq is left out":    func() { table.Note(alice, 7, 1003, la, 1044, 1, start) },
		"a new run":            func() { table.Note(alice, 7, 1004, later, 1045, 1, start) },
	} {
		before := table.Len()
		if note(); table.Len() != before+1 {
			t.Errorf("%s: %d stretches after %d", name, table.Len(), before)
		}
	}
}

// Two connections of one client, each with its row.
func TestRowsSideBySide(t *testing.T) {
	table := New(10, forEver)
	for n := range uint64(1000) {
		table.Note(alice, 7, 1+n, la, 1+n, 1, start)
		table.Note(alice, 7, 5001+n, s, 1+n, 1, start)
	}
	if table.Len() != 2 {
		t.Errorf("%d stretches, want 2", table.Len())
	}
}

// What has not grown for longest goes, whosever it is.
func TestWhatGoes(t *testing.T) {
	const keep = 10 * time.Minute
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	tests := map[string]struct {
		limit int
		notes func(*Table)
		want  string // which of the sessions 1 to 3 know their number 1
	}{
		"all are young": {3, func(t *Table) {
			t.Note(alice, 1, 1, la, 1, 1, at(0))
			t.Note(alice, 2, 1, la, 9, 1, at(5))
			t.Note(alice, 3, 1, s, 1, 1, at(9))
		}, "[true true true]"},
		"one is old": {3, func(t *Table) {
			t.Note(alice, 1, 1, la, 1, 1, at(0))
			t.Note(alice, 2, 1, la, 9, 1, at(5))
			t.Note(alice, 3, 1, s, 1, 1, at(10))
		}, "[false true true]"},
		"too many": {2, func(t *Table) {
			t.Note(alice, 1, 1, la, 1, 1, at(0))
			t.Note(alice, 2, 1, la, 9, 1, at(5))
			t.Note(alice, 3, 1, s, 1, 1, at(5))
		}, "[false true true]"},
		"too many, the first grew": {2, func(t *Table) {
			t.Note(alice, 1, 1, la, 1, 1, at(0))
			t.Note(alice, 2, 1, la, 9, 1, at(1))
			t.Note(alice, 1, 2, la, 2, 1, at(2))
			t.Note(alice, 3, 1, s, 1, 1, at(5))
		},
			"[true false true]"},
		"a long session forgets its beginning": {2, func(t *Table) {
			t.Note(alice, 1, 1, la, 1, 1, at(0))
			t.Note(alice, 1, 2, la, 5, 1, at(1))
			t.Note(alice, 1, 3, la, 9, 1, at(2))
		}, "[false false false]"},
		"session 0": {2, func(t *Table) {
			t.Note(alice, 1, 1, la, 1, 1, at(0))
			t.Note(alice, 2, 1, la, 9, 1, at(1))
			t.Note(alice, 0, 1, la, 2, 1, at(30))
		}, "[true true false]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			table := New(test.limit, keep)
			test.notes(table)
			var found []bool
			for session := range uint64(3) {
				_, _, _, ok := table.Find(session+1, 1, 1)
				found = append(found, ok)
			}
			if got := fmt.Sprint(found); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A stretch that is cut goes on where it was cut.
func TestRetainCuts(t *testing.T) {
	table := New(10, forEver)
	for n := range uint64(10) {
		table.Note(alice, 7, 1+n, la, 41+n, 1, start)
	}
	table.Note(alice, 8, 1, later, 1, 1, start)
	table.Retain(func(run marks.Run) uint64 { return map[marks.Run]uint64{la: 44}[run] })
	if _, _, _, ok := table.Find(7, 5, 1); ok || table.Len() != 1 || len(table.sessions) != 1 {
		t.Errorf("5 is there: %v; %d stretches in %d sessions", ok, table.Len(), len(table.sessions))
	}
	table.Note(alice, 7, 5, la, 45, 1, start)
	if _, seq, _, ok := table.Find(7, 5, 1); !ok || seq != 45 || table.Len() != 1 {
		t.Errorf("5 is %d, %v, in %d stretches", seq, ok, table.Len())
	}
}

// Only the run that is dropped is forgotten, with its highest seq too.
func TestDrop(t *testing.T) {
	table := New(10, forEver)
	table.Note(alice, 7, 1, la, 1, 1, start)
	table.Note(alice, 7, 2, la, math.MaxUint64, 1, start)
	table.Note(alice, 7, 3, later, math.MaxUint64, 1, start)
	table.Drop(la)
	if _, seq, _, ok := table.Find(7, 3, 1); table.Len() != 1 || !ok || seq != math.MaxUint64 {
		t.Errorf("%d stretches; the other run's is there: %v", table.Len(), ok)
	}
}

// A client whose messages fill the table pushes out its own names, not those of others,
// however many sessions it has.
func TestACrowdPushesOutItsOwn(t *testing.T) {
	const limit = 1000
	table := New(limit, forEver)
	for n := range uint64(10) {
		table.Note(bob, 7, 1+2*n, la, 1+2*n, 1, start)
	}
	for n := range uint64(10 * limit) {
		table.Note(alice, 1000+n, 1, s, 1+n, 1, start)
	}
	for n := range uint64(10) {
		if _, _, _, ok := table.Find(7, 1+2*n, 1); !ok {
			t.Errorf("number %d of the quiet client is forgotten", 1+2*n)
		}
	}
	if _, _, _, ok := table.Find(999+10*limit, 1, 1); !ok || table.Len() != limit {
		t.Errorf("the newest is there: %v; %d stretches, want %d", ok, table.Len(), limit)
	}
	for n := range uint64(limit / 4) { // and then the quiet one needs room
		table.Note(bob, 7, 101+2*n, la, 101+2*n, 1, start)
	}
	if _, _, _, ok := table.Find(7, 1, 1); !ok || table.Len() != limit {
		t.Errorf("the quiet client's first is there: %v; %d stretches, want %d", ok, table.Len(), limit)
	}
}

// The names of an owner that says nothing more go in time, when others speak.
func TestNamesOfTheSilentGo(t *testing.T) {
	const keep = 10 * time.Minute
	table := New(10, keep)
	table.Note(alice, 1, 1, la, 1, 1, start)
	table.Note(bob, 2, 1, la, 9, 1, start.Add(keep+keep/8))
	if _, _, _, ok := table.Find(1, 1, 1); ok || table.Len() != 1 || len(table.owners.list) != 1 {
		t.Errorf("it is there: %v; %d stretches of %d owners", ok, table.Len(), len(table.owners.list))
	}
}
