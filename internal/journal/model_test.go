package journal_test

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/test/crashdisk"
)

// model does to a journal what may happen to it, in any order, and knows which
// lines were committed and which others have taken away.
type model struct {
	*harness
	committed map[string]bool
	gone      map[string]bool // taken by others, or retired
	least     *marks.Vector   // marks under which the journal may not fall
}

func newModel(t *rapid.T) *model {
	m := &model{harness: newHarness(t), committed: make(map[string]bool), gone: make(map[string]bool)}
	m.cfg.Sync = rapid.Bool().Draw(t, "policy")
	m.begin()
	m.settled()
	return m
}

// lose notes that others have taken a text away, or changed it.
func (m *model) lose(text string) {
	for l := range strings.Lines(text) {
		m.gone[l] = true
	}
}

// settled takes the journal for what it says it is.
func (m *model) settled() {
	for l := range strings.Lines(m.onDisk()) {
		m.committed[l] = true
	}
	m.least = m.Marks()
}

// whole fails unless the journal is sound and every line that was committed is
// in it or in damaged/, if nobody has taken it.
func (m *model) whole() {
	m.t.Helper()
	m.sound()
	there := m.onDisk()
	for _, name := range m.damaged() {
		there += m.content("damaged/" + name)
	}
	for l := range m.committed {
		if !m.gone[l] && !strings.Contains(there, l) {
			m.t.Fatalf("%q is lost; the log is\n%s", l, m.onDisk())
		}
	}
}

// kept fails if a mark has fallen: nothing has happened that would allow it.
func (m *model) kept() {
	m.t.Helper()
	for _, mark := range m.least.Marks() {
		if seq := m.Marks().Seq(mark.Run); seq < mark.Seq {
			m.t.Fatalf("%v has fallen from %d to %d", mark.Run, mark.Seq, seq)
		}
	}
	m.settled()
}

// tried recovers until that succeeds, if there was an error.
func (m *model) tried(err error) {
	m.t.Helper()
	for n := 0; err != nil; n++ {
		if n == 9 {
			m.t.Fatal(err)
		}
		_, err = m.Recover()
	}
}

func anyRun(t *rapid.T) marks.Run { return rapid.SampledFrom([]marks.Run{la, ss, xx}).Draw(t, "run") }

// harmless is what may happen and costs nothing.
func (m *model) harmless() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"log":              func(t *rapid.T) { m.must(m.log(anyRun(t), rapid.IntRange(1, 5).Draw(t, "n"))) },
		"log with trouble": m.logWithTrouble,
		"start":            func(*rapid.T) { m.reopen() },
		"recover":          func(*rapid.T) { m.recover() },
		"tend":             func(*rapid.T) { m.tend() },
		"shift":            func(*rapid.T) { m.rotate(1 << 30); m.recover() },
		"remove":           func(*rapid.T) { m.remove("access.log"); m.recover() },
		"crash":            func(t *rapid.T) { m.must(m.Sync()); m.crash(t) },
		"rename":           m.rename,
		"lose small files": m.loseSmallFiles,
		"read":             m.readSome,
	}
}

// logWithTrouble logs while operations fail, if it comes to it.
func (m *model) logWithTrouble(t *rapid.T) {
	fault := crashdisk.Fault{
		Op:    crashdisk.Op(1 << rapid.IntRange(0, 11).Draw(t, "op")),
		Skip:  rapid.IntRange(0, 9).Draw(t, "skip"),
		Times: rapid.IntRange(1, 5).Draw(t, "times"),
		Err:   rapid.SampledFrom([]error{syscall.EIO, syscall.ENOSPC}).Draw(t, "error"),
		Done:  rapid.IntRange(0, 60).Draw(t, "done"),
		Lose:  rapid.Bool().Draw(t, "lose"),
	}
	if fault.Op == crashdisk.OpRead {
		fault.Times = 1 // what cannot be read twice is taken for lost
	}
	heal := m.disk.Fail(fault)
	err := m.log(anyRun(t), rapid.IntRange(1, 5).Draw(t, "n"))
	if err == nil && rapid.Bool().Draw(t, "recover") {
		_, err = m.Recover()
	}
	m.tried(err)
	heal()
}

func (m *model) crash(t *rapid.T) {
	losses := []crashdisk.Loss{
		crashdisk.KeepAll(), crashdisk.KeepSynced(),
		crashdisk.KeepSome(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))),
	}
	m.harness = m.after(rapid.SampledFrom(losses).Draw(t, "loss"))
	m.begin()
}

// rename gives the active segment a number that is higher than all others.
func (m *model) rename(*rapid.T) {
	names := append([]string{"access.log.0"}, m.names("")...)
	m.mustReopenAs(numbered(100 + age(names[len(names)-2])))
}

func (m *model) loseSmallFiles(t *rapid.T) {
	if names := append(m.names(".index"), m.names(".sums")...); len(names) > 0 {
		m.remove(rapid.SampledFrom(names).Draw(t, "name"))
	}
}

// readSome reads what a peer lacks.
func (m *model) readSome(t *rapid.T) {
	peer := new(marks.Vector)
	for _, mark := range m.Marks().Marks() {
		peer.Set(marks.Mark{Run: mark.Run, Seq: rapid.Uint64Range(0, mark.Seq).Draw(t, "has")})
	}
	want := ""
	for l := range strings.Lines(m.onDisk()) {
		if run, seq := identity(l); seq > peer.Seq(run) {
			want += l
		}
	}
	r := m.Reader(peer)
	if got, err := read(r); got != want || err != nil {
		t.Fatalf("read %q, %v, want %q", got, err, want)
	}
	m.must(r.Close())
}

// harmful is what may happen and costs lines, or the marks of lines.
func (m *model) harmful() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"retire":          m.retire,
		"declare":         m.declare,
		"forget":          m.forget,
		"grow old":        m.growOld,
		"move away":       m.moveAway,
		"flip":            m.flipBit,
		"take a segment":  m.take,
		"cut":             m.cut,
		"lose the floors": m.loseFloors,
		"crash unsynced":  func(t *rapid.T) { m.lose(m.content("access.log")); m.crash(t) },
	}
}

func (m *model) retire(t *rapid.T) {
	m.tend() // so that nothing is salvaged and retired at once
	before := m.onDisk()
	m.SetPolicy(0, 0, rapid.Int64Range(1, 500).Draw(t, "bytes"))
	m.tend()
	m.SetPolicy(0, 0, 0)
	m.lose(strings.TrimSuffix(before, m.onDisk()))
}

func (m *model) declare(t *rapid.T) {
	run := anyRun(t)
	m.must(m.Declare([]marks.Mark{{Run: run, Seq: m.Marks().Seq(run) + rapid.Uint64Range(0, 3).Draw(t, "n")}}))
}

func (m *model) forget(t *rapid.T) {
	if run := anyRun(t); m.Marks().First(run) > m.Marks().Seq(run) {
		_, err := m.Forget([]marks.Run{run})
		m.must(err)
	}
}

func (m *model) growOld(*rapid.T) {
	m.now = m.now.Add(time.Hour)
	m.SetPolicy(time.Hour, 0, 0)
	m.tend()
	m.SetPolicy(0, 0, 0)
}

func (m *model) moveAway(*rapid.T) {
	m.lose(m.content("access.log"))
	m.mustReopenAs("old")
}

func (m *model) flipBit(t *rapid.T) {
	m.recover() // so that there are checksums of all
	m.kept()
	name := rapid.SampledFrom(m.names("")).Draw(t, "name")
	if content := m.content(name); content != "" {
		at := rapid.IntRange(0, len(content)-1).Draw(t, "at")
		start := strings.LastIndexByte(content[:at], '\n') + 1
		m.lose(content[start : at+strings.IndexByte(content[at:], '\n')+1])
		m.must(m.disk.Flip("log/"+name, int64(at), 1<<rapid.IntRange(0, 7).Draw(t, "bit")))
	}
	m.scrub()
	m.recover()
}

// take is what people do with a segment, and a Reader may be the first to see.
func (m *model) take(t *rapid.T) {
	names := m.names("")
	name := rapid.SampledFrom(names[:max(1, len(names)-1)]).Draw(t, "name")
	m.lose(m.content(name))
	m.remove(name)
	if rapid.Bool().Draw(t, "by a reader") {
		r := m.Reader(new(marks.Vector))
		_, _ = read(r)
		m.must(r.Close())
	}
	m.recover()
}

func (m *model) cut(t *rapid.T) {
	content := m.content("access.log")
	n := rapid.IntRange(0, len(content)).Draw(t, "n")
	m.lose(content[strings.LastIndexByte(content[:n], '\n')+1:])
	m.must(m.disk.Cut("log/access.log", int64(n)))
	m.recover()
}

func (m *model) loseFloors(*rapid.T) {
	m.end()
	m.remove(".access.log.floors")
	m.begin()
}

// Whatever happens, and in whatever order: the log is in order and without
// duplicates and holes, and no line is lost that nobody has taken.
func TestLongWhatIsCommittedIsWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		actions := map[string]func(*rapid.T){"": func(*rapid.T) { m.whole() }}
		for name, do := range m.harmless() {
			actions[name] = func(t *rapid.T) { do(t); m.kept() }
		}
		for name, do := range m.harmful() {
			actions[name] = func(t *rapid.T) { do(t); m.whole(); m.settled() }
		}
		t.Repeat(actions)
		m.refill(m.least)
		m.reopen()
		m.whole()
		m.end()
	})
}

// What can do no harm finds no damage, and leaves nothing behind.
func TestLongNoFalseAlarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		actions := map[string]func(*rapid.T){"": func(*rapid.T) {
			m.whole()
			if len(m.recovery.Damaged) > 0 && m.recovery.Damaged[0].SetAside != "" || m.recovery.Missing > 0 || m.recovery.Waiting > 0 {
				t.Fatalf("%+v", m.recovery)
			}
		}}
		for name, do := range m.harmless() {
			actions[name] = func(t *rapid.T) { do(t); m.kept() }
		}
		t.Repeat(actions)
		m.reopen()
		m.undamaged()
		m.end()
	})
}
