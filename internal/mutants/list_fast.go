package main

// fastMutants break what is there for speed: a shortcut that is taken wrongly.
var fastMutants = []*Mutant{
	{
		Name: "row-not-compared", File: "internal/frame/row.go",
		Old:    " || !bytes.Equal(body[len(body)-r.tail.n:], r.tail.get()) {",
		New:    " {",
		Breaks: "I3: any frame is taken for the next of its row",
		Try:    []string{"./internal/frame"},
	},
	{
		Name: "row-counts-too-short", File: "internal/frame/row.go",
		Old:    "\tr.id, r.left = r.head.count(tagID, d.ID)\n",
		New:    "\tr.id, r.left = r.head.count(tagID, d.ID)\n\tr.left++\n",
		Breaks: "I4: a counter that needs another byte begins anew",
		Try:    []string{"./internal/frame"},
	},
	{
		Name: "refused-with-the-row-before", File: "actors/intake.go",
		Old:    "in.wish, in.refuse = w, pzog.Refusal_NONE",
		New:    "in.wish = w",
		Breaks: "I1: what comes behind a bad wrapping is refused too",
		Try:    []string{"./actors"},
	},
	{
		Name: "row-not-judged", File: "actors/intake.go",
		Old:    "\tif err := record.CheckText(text); err != nil {\n\t\treturn violation(err.Error())\n\t}\n\tin.open(in.peer)\n",
		New:    "\tin.open(in.peer)\n",
		Breaks: "I9: of a row from a peer only the first text is judged",
		Try:    []string{"./actors"},
	},
	{
		Name: "mark-before-ok", File: "actors/peerconn.go",
		Old:    "\t\treturn // Logged follows it, and one write does for both\n",
		New:    "\t\t_ = marks\n",
		Breaks: "two writes and two wake-ups for one answer",
		Try:    []string{"./supervisor"},
	},
	{
		Name: "chunks-only-grow", File: "internal/row/builder.go",
		Old:    "b.last, b.from, b.size = b.next(), 0, 0",
		New:    "b.last, b.from = b.next(), 0",
		Breaks: "I6: whoever sends a little for a long time keeps much memory",
		Try:    []string{"./internal/row"},
	},
	{
		Name: "line-stays-at-nine", File: "internal/record/format.go",
		Old:    "if f.last.Seq++; !f.count() {",
		New:    "if f.last.Seq++; !f.count() && f.last.Seq == 0 {",
		Breaks: "I4: line 10 of a row is written as line 0",
		Try:    []string{"./internal/record"},
	},
	{
		Name: "end-not-looked-at", File: "internal/record/text.go",
		Old:    "if n := len(body); n >= 8 && printable8(binary.LittleEndian.Uint64(body[n-8:])) {",
		New:    "if n := len(body); n >= 8 {",
		Breaks: "DESIGN 3: a control character at the end of a text is taken",
		Try:    []string{"./internal/record"},
	},
	{
		Name: "chunk-forgets-its-row", File: "internal/row/builder.go",
		Old:    "b.last, b.from, b.size = b.next(), 0, 0",
		New:    "b.from, b.size = 0, 0",
		Breaks: "I4: what follows a batch has the seqs of the batch",
		Try:    []string{"./internal/row"},
	},
	{
		Name: "few-keep-all", File: "internal/row/builder.go",
		Old:    "2*Count(rows) >= of {",
		New:    "of > 0 {",
		Breaks: "I6: one message that is kept keeps the memory of all that came with it",
		Try:    []string{"./internal/row"},
	},
	{
		Name: "unsettled-for-good", File: "actors/keepalive.go",
		Old:    "if k.node.unsettled.Swap(false) {",
		New:    "if k.node.unsettled.Load() {",
		Breaks: "I2: only the first change of marks is told soon",
		Try:    []string{"./actors", "./supervisor", "./ringtest"},
	},
	{
		Name: "sealed-waits-for-disk", File: "internal/journal/rotate.go",
		Old:    "if !j.cfg.Lazy {",
		New:    "if true {",
		Breaks: "with fsync never everybody waits for a sync at each new segment",
		Try:    tryJournal,
	},
}
