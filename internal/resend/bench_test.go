package resend

import (
	"testing"
	"time"
)

// limit is a host's, so that what is measured is what happens there.
const limit = 1 << 17

// A client that pipelines: one stretch.
func BenchmarkNoteRow(b *testing.B) {
	table, n := New(limit, time.Hour), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		table.Note(alice, 7, n, la, n, 1, start)
	}
}

// A full table and clients whose messages take turns: a stretch a message.
func BenchmarkNoteSingles(b *testing.B) {
	table, n := New(limit, time.Hour), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		table.Note(alice, 1+n%50, n, la, n, 1, start)
	}
}

// The worst that a client can do: numbers that go down, in a table full of them.
func BenchmarkNoteDownwards(b *testing.B) {
	table, n := New(limit, time.Hour), uint64(0)
	for range limit {
		n++
		table.Note(alice, 7, 1<<40-n, la, n, 1, start)
	}
	b.ReportAllocs()
	for b.Loop() {
		n++
		table.Note(alice, 7, 1<<40-n, la, n, 1, start)
	}
}

// A message that is not known, which is what nearly all are, and one that is.
func BenchmarkFind(b *testing.B) {
	table := New(limit, time.Hour)
	for n := range uint64(limit) {
		table.Note(alice, 1+n%50, n, la, n, 1, start)
	}
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			table.Find(7, limit+1, 1)
		}
	})
	b.Run("known", func(b *testing.B) {
		n := uint64(0)
		for b.Loop() {
			table.Find(1+n%50, n%limit, 1)
			n += 7
		}
	})
}
