package main

// endsMutants wait for somebody who does not come.
var endsMutants = []*Mutant{
	{
		Name: "peers-talk-freely", File: "internal/ratelimit/allowance.go",
		Old:    "!a.bucket.has(now, every, time.Duration(atOnce)*every)",
		New:    "false",
		Breaks: "I6: a peer that comes over and over fills the diagnostics",
		Try:    []string{"./internal/ratelimit"},
	},
	{
		Name: "same-copies-waited-for-once", File: "actors/clientconn.go",
		Old:    "\tc.wish = marks.Condition{}\n\tc.answer(ctx)\n}\n\nfunc (c *ClientConn) arm",
		New:    "\tc.answer(ctx)\n}\n\nfunc (c *ClientConn) arm",
		Breaks: "DESIGN 6: who waits for the same copies twice is answered once",
		Try:    tryRings,
	},
	{
		Name: "rows-without-end", File: "actors/reader_intake.go",
		Old:    "if in.begun == maxPeerRows {",
		New:    "if false {",
		Breaks: "I7: a peer with many runs keeps the router from all others",
		Try:    []string{"./actors"},
	},
	{
		Name: "early-mail-lost", File: "actors/props.go",
		Old:    "mail = &mailbox{Mailbox: n.Mailbox()}",
		New:    "mail = n.Mailbox()",
		Breaks: "what is sent to an actor before it can run stops it for good",
		Try:    []string{"./actors"},
	},
	{
		Name: "diagnostics-unbounded", File: "internal/stdio/diagnostics.go",
		Old:    "return d.size+size <= limit",
		New:    "return true",
		Breaks: "I6: diagnostics that nobody reads fill the memory",
		Try:    []string{"./internal/stdio"},
	},
	{
		Name: "sigpipe-ends-the-daemon", File: "internal/cli/cli.go",
		Old:    "\tsignal.Ignore(syscall.SIGPIPE) // a write then fails with EPIPE instead\n",
		New:    "\t_, _ = signal.Ignore, syscall.SIGPIPE\n",
		Breaks: "I11: a daemon whose diagnostics nobody reads any more is ended by SIGPIPE",
		Try:    []string{"./ringtest/e2e"},
	},
	{
		Name: "cancelled-log-mended", File: "internal/journal/recover.go",
		Old:    "if err := errors.Join(err, r.cancelled()); err != nil {",
		New:    "if err != nil {",
		Breaks: "I1: a log that is not read to its end, as the daemon is told to end, is set aside as damaged",
		Try:    []string{"./internal/journal"},
	},
	{
		Name: "end-not-forced", File: "cmd/zog/signals.go",
		Old:    "\tendByForce(log)\n",
		New:    "",
		Breaks: "a daemon whose disk hangs is not ended by SIGTERM",
		Try:    []string{"./ringtest/e2e"},
	},
}
