// Package journal is the access log on disk. There is no second store: repairs
// read the same lines that people grep. It judges the log directory that it has
// locked, for the host that writes there: which lines are damaged or missing; and
// it mends them. See docs/architecture.md, When the disk fails.
//
// A journal is a directory of segments: access.log, to which lines are appended,
// and the sealed ones, access.log.1, access.log.2 and so on, in the order of
// their numbers. A line is one message, in the format of package record.
//
// A journal has two faces. A [Writer] appends, seals, retires and recovers; only the
// access log actor has it. A [Journal] reads: it is safe for concurrent use, and
// readers do not hold up the writer.
//
//	w, recovery, err := journal.Open(cfg)    // locks the directory, reads the marks
//	marks, err := w.Append(lines, position)  // durable, as Config.Sync says
//	recovery, err = w.Recover()              // after any error: trust only the disk
//
//	r := w.Journal.Reader(marks)             // the lines that these marks lack, in log order
//
// Beside the segments are small files. They are hidden, so that `access.log*`
// matches the log and nothing else:
//
//	.access.log.7.index  of sealed segment 7: checksums, and which runs it holds,
//	                     so that a start need not read it (index.go)
//	.access.log.8.sums   of the active segment, which will get number 8: checksums
//	                     up to the last sync; only behind them may a torn tail be
//	                     (claims.go)
//	.access.log.floors   marks that outlive their lines (floors.go)
//	.access.log.7.kept   the good lines of segment 7 while it is mended (mend.go)
//	damaged/             the originals of damaged segments, for people; and, in
//	                     *.rest, good lines that cannot be in the log yet because
//	                     lines before them are missing (salvage.go)
//
// The hidden files may be lost: they are made again from the lines. What is lost
// with them is what only they know: which lines were damaged or missing before,
// and which were retired.
//
// Recovery, at each start and after each error, is a list of steps (recover.go):
// list the directory, find out what each sealed segment holds (candidates.go), put
// the segments in order (arrange.go), mend those that are damaged (mend.go), read
// the active segment, and put the result into force (apply.go).
//
// To judge its log the journal compares lines with their checksums, and the seqs
// of each run with 1, 2, 3 and so on. It has the lock and changes files. [Floors]
// and [BadBlocks] tell what it knows to those who read without the lock. The four
// other packages that judge logs change nothing: inspect reads the directory of
// one host, verify compares what several hosts hold, survey asks the hosts for
// that, and check, in tests, compares logs with what clients were told.
package journal

import (
	"sync"
	"sync/atomic"

	"xlattice.org/zog/internal/disk"
)

// Journal is the reading face of an access log: readers of lines, and the
// position up to which it is complete. It is safe for concurrent use, and shows
// what is committed and nothing else.
type Journal struct {
	fs disk.FS

	// logged is the position behind the last message committed. It is written under
	// mu and read without: those who ask for it must not wait for a disk that takes
	// long over a rename.
	logged atomic.Uint64

	mu       sync.Mutex
	segments []*segment      // oldest first; the last one is active
	suspects map[string]bool // paths of segments that Recover is to read again

	files sharedFiles // that readers have open
}

// Logged returns the position behind the last message committed.
func (j *Journal) Logged() uint64 { return j.logged.Load() }

// SkipTo says that no message before position is on its way to the log any more:
// it is committed, or it will be taken again and get a later position.
func (j *Journal) SkipTo(position uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.raiseLogged(position)
}

// raiseLogged never lowers the position. The caller holds mu.
func (j *Journal) raiseLogged(position uint64) {
	j.logged.Store(max(j.logged.Load(), position))
}
