package main

// logMutants lose or change what the access log was given, or take files of others for it.
var logMutants = []*Mutant{
	{
		Name: "lost-batch-answered", Package: "actors",
		Old:    "if b.FirstID != c.lastLogged+1 {",
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
		Old:    "return position > max(a.position, a.journal.Logged())",
		New:    "return false",
		Breaks: "I2: a run's only message, lost on its way to the log, is taken for logged",
		Try:    []string{"./actors", "./ringtest"},
	},
	{
		Name: "half-a-line-continued", Package: "internal/journal",
		Old:    "\tif err := j.checkActive(s.size); err != nil {\n\t\treturn err\n\t}\n\tif s.size == 0 {",
		New:    "\tif s.size == 0 {",
		Breaks: "I4: a line is appended to half a line, and becomes the rest of it",
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
		Breaks: "a foreign file in place of access.log is thrown away",
		Try:    []string{"./internal/journal"},
	},
	{
		Name: "anything-opened", Package: "internal/disk",
		Old:    "if mode.IsRegular() {",
		New:    "if true {",
		Breaks: "a named pipe or a device in place of a file is read and written",
		Try:    []string{"./internal/disk", "./ringtest/e2e"},
	},
	{
		Name: "cancelled-log-mended", Package: "internal/journal",
		Old:    "if err := errors.Join(err, r.cancelled()); err != nil {",
		New:    "if err != nil {",
		Breaks: "I1: a log that is not read to its end, as the daemon is told to end, is set aside as damaged",
		Try:    []string{"./internal/journal"},
	},
}
