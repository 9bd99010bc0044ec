package main

var tryJournal = []string{"./internal/journal"}

// diskMutants no longer bring to the disk what has to be there.
var diskMutants = []*Mutant{
	{
		Name: "skip-sync", File: "internal/journal/journal.go",
		Old:    "if err := j.file.Sync(); err != nil {",
		New:    "if err := error(nil); err != nil {",
		Breaks: "I1: a power cut takes what was answered with Ok",
		Try:    tryJournal,
	},
	{
		Name: "ok-before-sync", File: "internal/journal/journal.go",
		Old:    "if j.cfg.Sync {",
		New:    "if false {",
		Breaks: "I1: Append returns before the lines are durable",
		Try:    tryJournal,
	},
	{
		Name: "sync-failure-forgotten", File: "internal/journal/recover.go",
		Old:    " || r.j.doubts[path] {",
		New:    " {",
		Breaks: "I1: after a failed sync the next one is believed",
		Try:    tryJournal,
	},
	{
		Name: "recovered-not-synced", File: "internal/journal/recover.go",
		Old:    "if err := r.file.Sync(); err != nil {",
		New:    "if err := error(nil); err != nil {",
		Breaks: "I1: what a start finds is said to be durable and is only in the page cache",
		Try:    tryJournal,
	},
	{
		Name: "skip-directory-sync", File: "internal/journal/rotate.go",
		Old:    "err = j.cfg.FS.SyncDir(j.cfg.Dir)",
		New:    "err = nil",
		Breaks: "I1: a power cut takes a new segment with all that is in it",
		Try:    tryJournal,
	},
	{
		Name: "new-directory-not-synced", File: "internal/journal/text.go",
		Old:    "fsys.SyncDir(filepath.Dir(made))",
		New:    "fsys.SyncDir(made)",
		Breaks: "I1: a power cut takes the whole log directory",
		Try:    tryJournal,
	},
	{
		Name: "mended-not-synced", File: "internal/journal/mend.go",
		Old:    "err = o.file.Sync()",
		New:    "err = nil",
		Breaks: "I1: the original of a damaged segment leaves before its good lines are durable",
		Try:    tryJournal,
	},
	{
		Name: "floors-not-stored", File: "internal/journal/floors.go",
		Old:    "err := replaceFile(j.cfg.FS, j.floorsPath(), appendFloors(nil, &f))",
		New:    "err := error(nil)",
		Breaks: "I3: after a restart, retired messages are asked for again",
		Try:    tryJournal,
	},
}

// journalMutants keep the log in another way than they should.
var journalMutants = []*Mutant{
	{
		Name: "no-checksum-check", File: "internal/journal/sums.go",
		Old:    "return len(b) >= n && crc32.Checksum(b[:n], castagnoli) == s.blocks[i]",
		New:    "return len(b) >= n",
		Breaks: "I4: a flipped bit goes unnoticed, and on to the peers",
		Try:    tryJournal,
	},
	{
		Name: "nothing-claimed", File: "internal/journal/claims.go",
		Old:    "if c.file == nil || s.size == c.upTo {",
		New:    "if true {",
		Breaks: "I1: damage to synced lines passes for a torn tail, and is cut off",
		Try:    tryJournal,
	},
	{
		Name: "torn-tail-kept", File: "internal/journal/recover.go",
		Old:    "if p.size < got.size {",
		New:    "if false {",
		Breaks: "I9: the next line is written behind half a line",
		Try:    tryJournal,
	},
	{
		Name: "retention-takes-the-active", File: "internal/journal/retain.go",
		Old:    "n < len(j.segments)-1;",
		New:    "n < len(j.segments);",
		Breaks: "I1: the segment that is written to is retired",
		Try:    tryJournal,
	},
	{
		Name: "retention-forgets-marks", File: "internal/journal/rotate.go",
		Old:    "raised.raise(held.Run, held.last)",
		New:    "_ = held.last",
		Breaks: "I3: what was retired comes back as news",
		Try:    tryJournal,
	},
	{
		Name: "truncation-unseen", File: "internal/journal/rotate.go",
		Old:    "case info.Size() != size:",
		New:    "case false:",
		Breaks: "I1: nobody notices that others have cut off access.log",
		Try:    tryJournal,
	},
	{
		Name: "removal-unseen", File: "internal/journal/rotate.go",
		Old:    "case j.cfg.FS.Unlinked(info):",
		New:    "case false:",
		Breaks: "I1: the host goes on writing to an access.log that was removed",
		Try:    tryJournal,
	},
	{
		Name: "duplicates-recovered", File: "internal/journal/scan.go",
		Old:    "return double",
		New:    "return inPlace",
		Breaks: "I3: a line that stands twice in a damaged log is kept twice",
		Try:    tryJournal,
	},
	{
		Name: "early-lines-thrown-away", File: "internal/journal/scan.go",
		Old:    "return out.rest(line)",
		New:    "return nil",
		Breaks: "I1: good lines behind a damaged one are lost, although nobody else may have them",
		Try:    tryJournal,
	},
	{
		Name: "reader-skips-segments", File: "internal/journal/reader.go",
		Old:    "return r.open(segments[i+1])",
		New:    "return r.open(segments[len(segments)-1])",
		Breaks: "I2: a repair leaves out what lies in between",
		Try:    tryJournal,
	},
	{
		Name: "reader-forgets-marks", File: "internal/journal/reader.go",
		Old:    "if h.Seq > r.have.Seq(h.Run) {",
		New:    "if h.Seq > 0 {",
		Breaks: "DESIGN 5: a repair sends what the peer has",
		Try:    tryJournal,
	},
	{
		Name: "reader-reads-unchecked", File: "internal/journal/reader.go",
		Old:    "if s.number > 0 {",
		New:    "if s.number < 0 {",
		Breaks: "I4: a repair sends damaged lines",
		Try:    tryJournal,
	},
	{
		Name: "stale-index-kept", File: "internal/journal/mend.go",
		Old:    "if err := remove(fsys, r.j.indexPath(number)); err != nil {",
		New:    "if err := error(nil); err != nil {",
		Breaks: "I1: a mended segment is held against the checksums of another",
		Try:    tryJournal,
	},
}
