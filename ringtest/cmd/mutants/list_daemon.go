package main

// daemonMutants are about the process: its diagnostics, its signals and its end.
var daemonMutants = []*Mutant{
	{
		Name: "peers-talk-freely", Package: "internal/ratelimit",
		Old:    "!a.bucket.Has(now, every, time.Duration(atOnce)*every)",
		New:    "false",
		Breaks: "I6: a peer that connects again and again fills the diagnostics",
		Try:    []string{"./internal/ratelimit"},
	},
	{
		Name: "early-mail-lost", Package: "actors",
		Old:    "mail = &mailbox{Mailbox: n.Mailbox()}",
		New:    "mail = n.Mailbox()",
		Breaks: "I11: a message to an actor that has not started yet stops it for good",
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
		Name: "end-not-forced", Package: "cmd/zog",
		Old:    "close(s.stop)\n\tendByForce(log)",
		New:    "close(s.stop)",
		Breaks: "a daemon whose disk hangs is not ended by SIGTERM",
		Try:    []string{"./ringtest/e2e"},
	},
}
