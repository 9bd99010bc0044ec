package main

// sprogMutants are about what sprog does with the messages that it reads, and what it measures.
var sprogMutants = []*Mutant{
	{
		Name: "cursor-passes-open", Package: "internal/inorder",
		Old:    "for n < len(l.items) && l.items[n].ended {",
		New:    "for n < len(l.items) {",
		Breaks: "sprog exec, when it is started again, leaves out messages that it had not handled",
		Try:    []string{"./internal/inorder"},
	},
	{
		Name: "passed-before-open", Package: "internal/inorder",
		Old:    "if n := len(l.items); n > 0 {",
		New:    "if n := len(l.items); n > 0 && false {",
		Breaks: "the cursor moves behind a message that nobody wants, though one before it is not handled",
		Try:    []string{"./internal/inorder"},
	},
	{
		Name: "failed-is-handled", Package: "internal/dispatch",
		Old:    "if err == nil {\n\t\td.moved(d.line.End(ticket))",
		New:    "if err == nil || true {\n\t\td.moved(d.line.End(ticket))",
		Breaks: "the cursor moves behind a message whose program failed",
		Try:    []string{"./internal/dispatch"},
	},
	{
		Name: "begun-behind-unsaved", Package: "internal/dispatch",
		Old:    "d.line.Next()-d.oldest >= d.most",
		New:    "false",
		Breaks: "after a crash any number of programs run again",
		Try:    []string{"./internal/dispatch"},
	},
	{
		Name: "last-place-not-saved", Package: "internal/dispatch",
		Old:    "case <-quit:\n\t\t\t\td.save()",
		New:    "case <-quit:",
		Breaks: "programs run again after an orderly stop",
		Try:    []string{"./internal/dispatch"},
	},
	{
		Name: "group-left-over", Package: "internal/program",
		Old:    "killGroup(group)\n\terr := reap()",
		New:    "err := reap()",
		Breaks: "what a program has started outlives it",
		Try:    []string{"./internal/program"},
	},
	{
		Name: "omission-coordinated", Package: "cmd/sprog",
		Old:    "if l.of.rate == 0 {",
		New:    "if true {",
		Breaks: "sprog bench counts a message that waited behind slow ones from when it was sent",
		Try:    []string{"./cmd/sprog"},
	},
}
