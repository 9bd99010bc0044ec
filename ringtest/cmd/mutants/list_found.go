package main

// foundMutants bring back what ringtest and chaos have found here.
var foundMutants = []*Mutant{
	{
		Name: "lost-batch-answered", Package: "actors",
		Old:    "if b.FirstID != c.logged+1 {",
		New:    "if false {",
		Breaks: "I1: a batch that was lost is answered by the one behind it",
		Try:    tryActors,
	},
	{
		Name: "lost-batch-waited-for", Package: "actors",
		Old:    "\t\tcase !p.logged:\n\t\t\treturn errBatchLost\n",
		New:    "",
		Breaks: "I11: a client waits for ever for the answer to a batch that was lost",
		Try:    []string{"./actors", "./ringtest/rings"},
	},
	{
		Name: "lost-batch-unnoticed", Package: "actors",
		Old:    "return position > max(a.position, a.node.Journal.Logged())",
		New:    "return false",
		Breaks: "I2: a run's only message, lost on its way to the log, is taken for logged",
		Try:    []string{"./actors", "./ringtest"},
	},
	{
		Name: "half-a-line-continued", Package: "internal/journal",
		Old:    "\tif err := j.checkActive(s.size); err != nil {\n\t\treturn err\n\t}\n\tif s.size == 0 {",
		New:    "\tif s.size == 0 {",
		Breaks: "I4: what is appended behind the half of a line becomes the rest of it",
		Try:    []string{"./internal/journal"},
	},
	{
		Name: "cut-segment-sealed", Package: "internal/journal",
		Old:    "func (j *Writer) rotate() error {\n\tif err := j.checkActive(j.active.size); err != nil {\n\t\treturn err\n\t}\n",
		New:    "func (j *Writer) rotate() error {\n",
		Breaks: "I2: a segment that others have cut counts as whole for a day",
		Try:    []string{"./internal/journal"},
	},
	{
		Name: "foreign-file-cut", Package: "internal/journal",
		Old:    " && !isForeign(p, found) {",
		New:    " {",
		Breaks: "a file of others in the place of access.log is thrown away",
		Try:    []string{"./internal/journal"},
	},
	{
		Name: "anything-opened", Package: "internal/disk",
		Old:    "if mode.IsRegular() {",
		New:    "if true {",
		Breaks: "a named pipe or a device in the place of a file is read and written",
		Try:    []string{"./internal/disk", "./ringtest/e2e"},
	},
	{
		Name: "interval-bounds-rate", Package: "internal/stream",
		Old:    "m.draining || m.more || m.now.Interval == 0",
		New:    "m.draining || m.now.Interval == 0",
		Breaks: "DESIGN 4: a busy link is given up, for an interval between its batches",
		Try:    []string{"./internal/stream", "./ringtest"},
	},
}
