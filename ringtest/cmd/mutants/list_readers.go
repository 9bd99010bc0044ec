package main

// readerMutants make readers of the log miss messages, get some twice, or lose their place.
var readerMutants = []*Mutant{
	{
		Name: "gap-read-over", Package: "client",
		Old:    "\tif duplicates+taken == 0 {\n\t\treturn errGap\n\t}\n",
		New:    "\tif duplicates+taken == 0 {\n\t\tf.seen.Raise(run, seq+uint64(n)-1)\n\t}\n",
		Breaks: "I4: messages that a host left out are skipped in silence",
		Try:    []string{"./client"},
	},
	{
		Name: "place-found-twice", Package: "client",
		Old:    "\tif !f.resolved {\n\t\tk.SinceMs",
		New:    "\tif f.place.kind != atVector {\n\t\tk.SinceMs",
		Breaks: "I4: who follows from the end begins at the end of the next host again",
		Try:    []string{"./client"},
	},
	{
		Name: "hole-not-told", Package: "client",
		Old:    "if !tell(f.hole(",
		New:    "if false && !tell(f.hole(",
		Breaks: "what was retired is skipped in silence",
		Try:    []string{"./client"},
	},
	{
		Name: "silent-host-followed", Package: "client",
		Old:    "\tcase declareLost:\n\t\treturn errHostSilent\n\t}\n\t_ = c.raw.SetReadDeadline(c.watchdog.nextCheck) // fails only where Read fails too\n\treturn nil\n}\n\n// explain",
		New:    "\t}\n\t_ = c.raw.SetReadDeadline(c.watchdog.nextCheck) // fails only where Read fails too\n\treturn nil\n}\n\n// explain",
		Breaks: "I11: a follower stays with a host that was cut off",
		Try:    []string{"./client"},
	},
	{
		Name: "cursor-before-lines", Package: "internal/tail",
		Old:    "\t\t_, err = o.to.Write(lines)\n",
		New:    "\t\tif at != \"\" {\n\t\t\t_ = o.cursor.Keep(at)\n\t\t}\n\t\t_, err = o.to.Write(lines)\n",
		Breaks: "a reader that is killed has a cursor behind lines that were not written",
		Try:    []string{"./internal/tail"},
	},
	{
		Name: "cursor-behind-later-ones", Package: "internal/tail",
		Old:    "\treturn t.closed[m.Run]\n",
		New:    "\tif t.closed[m.Run] {\n\t\tt.out.pass(m.Run, m.Seq)\n\t}\n\treturn t.closed[m.Run]\n",
		Breaks: "what --until left out is not printed the next time",
		Try:    []string{"./internal/tail"},
	},
	{
		Name: "wanted-segment-skipped", Package: "internal/filelog",
		Old:    "if s.seen.Seq(m.Run) < m.Seq {\n\t\t\treturn false",
		New:    "if s.seen.Seq(m.Run) < m.First {\n\t\t\treturn false",
		Breaks: "zog log leaves out a segment of which a part was read",
		Try:    []string{"./internal/filelog"},
	},
}
