package crashdisk

import (
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/disk"
)

// witness remembers what was done to a disk in the plainest way: all that ever
// was, since it was last synced.
type witness struct {
	d     *Disk
	file  map[*memory]disk.File
	now   map[string]*memory
	names []map[string]*memory // since the last SyncDir, that included
	fill  byte
}

// memory is one file.
type memory struct {
	synced  string
	now     string
	onlyOn  bool // nothing but appended to since the sync
	changed bool // since the sync
}

func (w *witness) note() { w.names = append(w.names, maps.Clone(w.now)) }

// fresh is text that no file has had.
func (w *witness) fresh(n int) string {
	if w.fill++; w.fill == 0 {
		w.fill++
	}
	return strings.Repeat(string([]byte{w.fill}), n)
}

// names of the files, few so that they meet.
var someName = rapid.SampledFrom([]string{"log/a", "log/b", "log/c"})

// check is used for errors that must not be.
func check(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// actions are what can be done to it.
func (w *witness) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"append": func(t *rapid.T) {
			m := w.pick(t)
			text := w.fresh(rapid.IntRange(1, 1500).Draw(t, "size"))
			_, err := w.file[m].Write([]byte(text))
			check(t, err)
			m.now, m.changed = m.now+text, true
		},
		"truncate": func(t *rapid.T) {
			m := w.pick(t)
			size := rapid.IntRange(0, len(m.now)).Draw(t, "size")
			check(t, w.file[m].Truncate(int64(size)))
			m.now, m.changed, m.onlyOn = m.now[:size], true, false
		},
		"sync": func(t *rapid.T) {
			m := w.pick(t)
			check(t, w.file[m].Sync())
			m.synced, m.changed, m.onlyOn = m.now, false, true
		},
		"rename": w.rename,
		"remove": w.remove,
		"sync directory": func(t *rapid.T) {
			check(t, w.d.SyncDir("log"))
			w.names = nil
			w.note()
		},
	}
}

func (w *witness) rename(t *rapid.T) {
	w.pick(t) // so that there is one
	from, to := w.existing(t), someName.Draw(t, "to")
	check(t, w.d.Rename(from, to))
	m := w.now[from]
	delete(w.now, from)
	w.now[to] = m
	w.note()
}

func (w *witness) remove(t *rapid.T) {
	w.pick(t)
	name := w.existing(t)
	check(t, w.d.Remove(name))
	delete(w.now, name)
	w.note()
}

func (w *witness) existing(t *rapid.T) string {
	return rapid.SampledFrom(sortedNames(w.now)).Draw(t, "name")
}

func sortedNames(now map[string]*memory) []string {
	var names []string
	for _, name := range []string{"log/a", "log/b", "log/c"} {
		if now[name] != nil {
			names = append(names, name)
		}
	}
	return names
}

// pick opens a file, which makes it if it is not there.
func (w *witness) pick(t *rapid.T) *memory {
	name := someName.Draw(t, "file")
	if m := w.now[name]; m != nil {
		return m
	}
	f, err := w.d.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND)
	check(t, err)
	m := &memory{onlyOn: true}
	w.file[m], w.now[name] = f, m
	w.note()
	return m
}

// What was synced survives any crash, and what survives was there.
func TestWhatWasSyncedSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &witness{d: New("log"), file: map[*memory]disk.File{}, now: map[string]*memory{}}
		w.note()
		t.Repeat(w.actions())
		w.requireNames(t, w.d.Crash(KeepSynced()), w.names[:1], func(m *memory, got string) bool { return got == m.synced })
		w.requireNames(t, w.d.Crash(KeepAll()), w.names[len(w.names)-1:], func(m *memory, got string) bool { return got == m.now })
		for range 4 {
			chance := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			w.requireNames(t, w.d.Crash(KeepSome(chance)), w.names, (*memory).plausible)
		}
	})
}

// requireNames requires that the names on a disk are one of some that were, and
// that each file satisfies fits.
func (w *witness) requireNames(t *rapid.T, after *Disk, were []map[string]*memory, fits func(*memory, string) bool) {
	entries, err := after.ReadDir("log")
	check(t, err)
	for _, names := range were {
		if len(names) != len(entries) {
			continue
		}
		good := true
		for name, m := range names {
			got, err := after.Contents(name)
			good = good && err == nil && fits(m, string(got))
		}
		if good {
			return
		}
	}
	t.Fatalf("%d files, and that at no time were there such", len(entries))
}

// plausible tells whether a power cut may leave this of a file.
func (m *memory) plausible(got string) bool {
	switch {
	case !m.changed:
		return got == m.synced
	case !m.onlyOn:
		return true
	}
	if !strings.HasPrefix(got, m.synced) || len(got) > len(m.now) {
		return false
	}
	for i := len(m.synced); i < len(got); i++ {
		if got[i] != m.now[i] && got[i] != 0 {
			return false
		}
	}
	return true
}
