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
		Old:    "\tif !same {\n\t\tr.encode()\n\t}\n",
		New:    "\t_ = same\n",
		Breaks: "I4: a counter that needs another byte begins anew",
		Try:    []string{"./internal/frame"},
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
		Old:    "b.last, b.from = b.next(), 0",
		New:    "b.from = 0",
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
