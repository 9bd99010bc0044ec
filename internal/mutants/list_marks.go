package main

var (
	tryMarks      = []string{"./internal/marks", "./supervisor"}
	trySupervisor = []string{"./supervisor"}
)

// marksMutants know something else of who has what.
var marksMutants = []*Mutant{
	{
		Name: "duplicate-taken", File: "internal/marks/marks.go",
		Old:    "had = int(have + 1 - first)",
		New:    "had = int(max(have, first) - first)",
		Breaks: "I3: the last message of a run is taken again",
		Try:    tryMarks,
	},
	{
		Name: "gap-taken", File: "internal/marks/marks.go",
		Old:    "case first > have && first-have > 1:",
		New:    "case false:",
		Breaks: "I5: marks take the maximum, over what is missing",
		Try:    tryMarks,
	},
	{
		Name: "retired-lines-lacked", File: "internal/marks/marks.go",
		Old:    "return m.Seq > seq && m.First <= m.Seq",
		New:    "return m.Seq > seq",
		Breaks: "I2: a repair waits for lines that nobody has",
		Try:    tryMarks,
	},
	{
		Name: "vectors-add-up", File: "internal/marks/marks.go",
		Old:    "if !delta {",
		New:    "if false {",
		Breaks: "DESIGN 3: a whole vector does not replace the one before",
		Try:    tryMarks,
	},
	{
		Name: "peer-marks-never-lowered", File: "internal/marks/vector.go",
		Old:    "\t\tv.table.Set(m)\n",
		New:    "\t\tv.table.Merge(m)\n",
		Breaks: "I1: a peer that has lost its disk counts as a copy",
		Try:    tryMarks,
	},
	{
		Name: "copies-from-links", File: "internal/marks/ledger.go",
		Old:    "case l.acked[peer].held(run) >= seq && l.present.counts(peer, run):",
		New:    "case l.spoken[peer]:",
		Breaks: "I1: whoever is connected counts as a copy",
		Try:    tryMarks,
	},
	{
		Name: "forgotten-while-away", File: "internal/marks/ledger.go",
		Old:    "!l.spoken[peer] || l.cut[peer]",
		New:    "l.cut[peer]",
		Breaks: "I3: marks are dropped that an absent host still has lines of",
		Try:    tryMarks,
	},
	{
		Name: "copies-change-the-table", File: "internal/marks/trie.go",
		Old:    "if n.owner == owner {",
		New:    "if n.owner != 0 {",
		Breaks: "I2: what was told to a peer changes with what is held, and is never told",
		Try:    tryMarks,
	},
	{
		Name: "old-runs-stay", File: "internal/marks/vector.go",
		Old:    "\tif v.left != nil {\n\t\tfor",
		New:    "\tif false {\n\t\tfor",
		Breaks: "DESIGN 3: what a whole vector does not name counts as held",
		Try:    tryMarks,
	},
	{
		Name: "marks-without-bound", File: "internal/marks/vector.go",
		Old:    "v.table.Len() >= v.held.Len()+v.room",
		New:    "false",
		Breaks: "I6: a peer's marks take any amount of memory",
		Try:    tryMarks,
	},
	{
		Name: "refusal-is-a-copy", File: "internal/marks/marks.go",
		Old:    "r != nil && r.held(0)",
		New:    "r != nil",
		Breaks: "I1: a host that takes no more runs counts as a copy",
		Try:    tryMarks,
	},
	{
		Name: "runs-without-bound", File: "internal/marks/census.go",
		Old:    "return c.presentRoom(n, now) > 0 || c.room(n, s, now) > 0",
		New:    "return true",
		Breaks: "I6: whatever a peer invents is taken for good",
		Try:    tryMarks,
	},
	{
		Name: "present-run-refused", File: "internal/marks/census.go",
		Old:    "if !n.Present {",
		New:    "if true {",
		Breaks: "I2: what was invented in a host's name takes the place of its own runs",
		Try:    tryMarks,
	},
	{
		Name: "strangers-live", File: "actors/runs.go",
		Old:    "newcomer.Origin == marks.Others && !",
		New:    "false && !",
		Breaks: "DESIGN 3: runs of nobody's are taken unasked",
		Try:    trySupervisor,
	},
	{
		Name: "ledger-unlocked", File: "internal/marks/ledger.go",
		Old:    "Durable(run Run) uint64 {\n\tl.mu.Lock()\n\tdefer l.mu.Unlock()\n",
		New:    "Durable(run Run) uint64 {\n",
		Breaks: "I11: a data race",
		Try:    []string{"./internal/marks"},
		Race:   true,
	},
}

// routerMutants give identity, judge and say Ok in another way.
var routerMutants = []*Mutant{
	{
		Name: "ok-before-log", File: "actors/accesslog.go",
		Old: "\ta.batches = append(a.batches, b)\n",
		New: "\tfor i := range b.Rows {\n" +
			"\t\tm := marks.Mark{Run: b.Rows[i].Run, Seq: b.Rows[i].Last(), First: 1}\n" +
			"\t\ta.node.Ledger.Logged([]marks.Mark{m})\n\t}\n" +
			"\tctx.Send(b.Source, &messages.Logged{Batch: b})\n",
		Breaks: "I1: Ok is said before anything is written",
		Try:    trySupervisor,
	},
	{
		Name: "durable-is-taken", File: "actors/take.go",
		Old:    "b.Position = r.window.Add(b.Rows)",
		New:    "b.Position = r.window.Add(b.Rows)\n\tr.node.Ledger.Logged(r.taken.Marks())",
		Breaks: "I1: marks are advertised, and copies counted, before the log has the message",
		Try:    trySupervisor,
	},
	{
		Name: "router-dedup-off", File: "actors/take.go",
		Old:    "\tif had > 0 {\n",
		New:    "\thad, took = 0, came.Len()\n\tif had > 0 {\n",
		Breaks: "I3: the router lets duplicates pass, and answers them before the first is durable",
		Try:    trySupervisor,
	},
	{
		Name: "router-takes-gaps", File: "actors/take.go",
		Old:    "\tif had+took == 0 {\n",
		New:    "\tif had+took == 0 {\n\t\tfresh = *came\n",
		Breaks: "I2: the router takes what comes too early, and the log cannot",
		Try:    trySupervisor,
	},
	{
		Name: "forgery-taken", File: "actors/believe.go",
		Old:    "return errForged",
		New:    "continue",
		Breaks: "I4: a peer may hand in a message in our name",
		Try:    trySupervisor,
	},
	{
		Name: "gap-not-asked-for", File: "actors/take.go",
		Old:    "if b.Early.Seq != 0 && r",
		New:    "if false && r",
		Breaks: "DESIGN 5: a gap is not repaired by the link it came on",
		Try:    trySupervisor,
	},
	{
		Name: "names-not-fallen-back", File: "actors/router.go",
		Old:    "r.resent.Retain(r.taken.Seq)",
		New:    "",
		Breaks: "DESIGN 6: a message that was lost before the log is not taken when it is sent again",
		Try:    trySupervisor,
	},
	{
		Name: "known-boot-taken", File: "actors/boot.go",
		Old:    "boot != 0 && !known(boot)",
		New:    "boot != 0",
		Breaks: "DESIGN 5: a run may have the number of another one",
		Try:    []string{"./actors", "./supervisor"},
	},
	{
		Name: "no-abandon", File: "actors/router.go",
		Old:    "if r.boot != 0 {",
		New:    "if false {",
		Breaks: "I11: after a new run, connections wait for batches that are lost",
		Try:    trySupervisor,
	},
	{
		Name: "no-rolled-back", File: "actors/accesslog.go",
		Old:    "a.node.setStorage(nil)\n\tctx.Send(a.node.Router(), &messages.RolledBack{Position: math.MaxUint64})",
		New:    "a.node.setStorage(nil)",
		Breaks: "I2: the router goes on from what the disk has lost",
		Try:    trySupervisor,
	},
	{
		Name: "ledger-not-reset", File: "actors/accesslog.go",
		Old:    "\ta.node.Ledger.Reset(recovery.Marks)\n",
		New:    "",
		Breaks: "I2: marks say that the host has what its disk has lost",
		Try:    trySupervisor,
	},
	{
		Name: "failed-log-goes-on", File: "actors/accesslog.go",
		Old:    "\tif err != nil {\n\t\ta.takeStock(ctx, err)\n\t}\n",
		New:    "\tif err != nil {\n\t\ta.lines = a.lines[:0]\n\t}\n",
		Breaks: "I11: nothing follows when the log cannot be written",
		Try:    trySupervisor,
	},
	{
		Name: "copies-not-told", File: "actors/audience.go",
		Old:    "conn := n.audience.of(origin); conn != nil {",
		New:    "conn := n.audience.of(origin); conn != nil && !ok {",
		Breaks: "DESIGN 6: after a sync the origin is not told, and its clients wait",
		Try:    trySupervisor,
	},
	{
		Name: "last-copy-not-told", File: "internal/marks/waiting.go",
		Old:    "(*q)[0].wish.Seq <= seq",
		New:    "(*q)[0].wish.Seq < seq",
		Breaks: "who waits for copies is told with the next message, or after the timeout",
		Try:    []string{"./internal/marks"},
	},
	{
		Name: "window-drops-unlogged", File: "internal/window/window.go",
		Old:    "w.bytes > w.limit && w.spans[n].end <= logged {",
		New:    "w.bytes > w.limit {",
		Breaks: "I2: what is not logged yet leaves the only place where a link can read it",
		Try:    []string{"./internal/window"},
	},
	{
		Name: "window-begins-late", File: "internal/window/window.go",
		Old:    "case r.Seq > first:",
		New:    "case false:",
		Breaks: "I5: a link begins behind what its peer lacks",
		Try:    []string{"./internal/window"},
	},
}
