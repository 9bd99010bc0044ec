package main

// daemonMutants are about the process: its diagnostics, its signals and its end.
var daemonMutants = []*Mutant{
	{
		Name: "peers-talk-freely", File: "internal/ratelimit/allowance.go",
		Old:    "!a.bucket.has(now, every, time.Duration(atOnce)*every)",
		New:    "false",
		Breaks: "I6: a peer that comes over and over fills the diagnostics",
		Try:    []string{"./internal/ratelimit"},
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
		Name: "end-not-forced", File: "cmd/zog/signals.go",
		Old:    "\tendByForce(log)\n",
		New:    "",
		Breaks: "a daemon whose disk hangs is not ended by SIGTERM",
		Try:    []string{"./ringtest/e2e"},
	},
}
