package main

// endsMutants wait for somebody who does not come.
var endsMutants = []*Mutant{
	{
		Name: "peers-talk-freely", Package: "internal/ratelimit",
		Old:    "!a.bucket.has(now, every, time.Duration(atOnce)*every)",
		New:    "false",
		Breaks: "I6: a peer that comes over and over fills the diagnostics",
		Try:    []string{"./internal/ratelimit"},
	},
	{
		Name: "same-copies-waited-for-once", Package: "actors",
		Old:    "\tc.wish = marks.Wish{}\n\tc.answer(ctx)\n}\n\nfunc (c *ClientConn) arm",
		New:    "\tc.answer(ctx)\n}\n\nfunc (c *ClientConn) arm",
		Breaks: "DESIGN 6: who waits for the same copies twice is answered once",
		Try:    tryRings,
	},
	{
		Name: "rows-without-end", Package: "actors",
		Old:    "if in.begun == maxPeerRows {",
		New:    "if false {",
		Breaks: "I7: a peer with many runs keeps the router from all others",
		Try:    []string{"./actors"},
	},
	{
		Name: "early-mail-lost", Package: "actors",
		Old:    "mail = &mailbox{Mailbox: n.Mailbox()}",
		New:    "mail = n.Mailbox()",
		Breaks: "what is sent to an actor before it can run stops it for good",
		Try:    []string{"./actors"},
	},
	{
		Name: "diagnostics-unbounded", Package: "internal/stdio",
		Old:    "return d.size+size <= limit",
		New:    "return true",
		Breaks: "I6: diagnostics that nobody reads fill the memory",
		Try:    []string{"./internal/stdio"},
	},
	{
		Name: "sigpipe-ends-the-daemon", Package: "internal/cli",
		Old:    "signal.Ignore(syscall.SIGPIPE)",
		New:    "_, _ = signal.Ignore, syscall.SIGPIPE",
		Breaks: "I11: a daemon whose diagnostics nobody reads any more is ended by SIGPIPE",
		Try:    []string{"./ringtest/e2e"},
	},
	{
		Name: "cancelled-log-mended", Package: "internal/journal",
		Old:    "if err := errors.Join(err, r.cancelled()); err != nil {",
		New:    "if err != nil {",
		Breaks: "I1: a log that is not read to its end, as the daemon is told to end, is set aside as damaged",
		Try:    []string{"./internal/journal"},
	},
	{
		Name: "end-not-forced", Package: "cmd/zog",
		Old:    "close(s.stop)\n\tendByForce(log)",
		New:    "close(s.stop)",
		Breaks: "a daemon whose disk hangs is not ended by SIGTERM",
		Try:    []string{"./ringtest/e2e"},
	},
}
