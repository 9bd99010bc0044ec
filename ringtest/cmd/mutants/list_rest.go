package main

var (
	tryClient = []string{"./client"}
	tryCheck  = []string{"./internal/test/check"}
)

// clientMutants break what the client says of the fate of a message, and its choice of hosts.
var clientMutants = []*Mutant{
	{
		Name: "sent-again-after-ok", Package: "client",
		Old:    "return next, next.temporary()\n}",
		New:    "return next, next.err == nil && o.lost() || next.temporary()\n}",
		Breaks: "I3: the client sends again what was answered with Ok",
		Try:    tryClient,
	},
	{
		Name: "lost-then-refused", Package: "client",
		Old:    "case next.refused() && o.lost():",
		New:    "case false:",
		Breaks: "I8: a message counts as refused that a host may have",
		Try:    tryClient,
	},
	{
		Name: "ok-counted-twice", Package: "client",
		Old:    "if id <= f.answered || id > f.sent {",
		New:    "if id > f.sent {",
		Breaks: "protocol, 6: an Ok for what was answered before is believed",
		Try:    tryClient,
	},
	{
		Name: "identities-do-not-count", Package: "client",
		Old:    "\t\to = o.behind(k)\n",
		New:    "",
		Breaks: "protocol, 6: texts that were left open by several connections have each other's identities",
		Try:    tryClient,
	},
	{
		Name: "late-identity", Package: "client",
		Old:    "\to = o.behind(late)\n",
		New:    "",
		Breaks: "protocol, 6: texts behind one whose time is up have the identities of those before them",
		Try:    tryClient,
	},
	{
		Name: "callers-share-an-identity", Package: "client",
		Old:    "\t\t\to = o.behind(r.n)\n",
		New:    "",
		Breaks: "protocol, 6: of two calls that one Ok answers, the second has the identity of the first",
		Try:    tryClient,
	},
	{
		Name: "ok-for-the-unsent", Package: "client",
		Old:    "if id <= f.answered || id > f.sent {",
		New:    "if id <= f.answered || id > f.queued {",
		Breaks: "I8: an Ok is believed for a message that was not sent yet",
		Try:    tryClient,
	},
	{
		Name: "rests-never-longer", Package: "client",
		Old:    "s.backoffUntil = now.Add(min(s.backoff.NextBackOff(), s.backoff.MaxInterval))",
		New:    "s.backoffUntil = now.Add(s.backoff.InitialInterval)",
		Breaks: "I7: a host that stays down is dialled as often as at first",
		Try:    tryClient,
	},
	{
		Name: "silent-host-borne", Package: "client",
		Old:    "case w.silentChecks >= silenceChecks:",
		New:    "case w.silentChecks >= 10*silenceChecks:",
		Breaks: "I11: the client waits ten times as long as it should for a host that says nothing",
		Try:    tryClient,
	},
	{
		Name: "late-look-judges", Package: "client",
		Old:    "w.silentChecks = min(w.silentChecks, silenceChecks/2-1)",
		New:    "_ = late",
		Breaks: "I7: a client that was stopped itself gives up a host that is well",
		Try:    tryClient,
	},
	{
		Name: "hurry-for-ever", Package: "client",
		Old:    "w.silentChecks, w.probed, w.allowed = 0, false, w.silence",
		New:    "w.silentChecks, w.probed = 0, false",
		Breaks: "I7: a host that has answered is given up too soon",
		Try:    tryClient,
	},
	{
		Name: "dials-without-end", Package: "client",
		Old:    "patience := dialPatience",
		New:    "patience := dialPatience * 60",
		Breaks: "I11: all time is spent on a host that is not there, while others are",
		Try:    tryClient,
	},
	{
		Name: "sequence-waited-for", Package: "client",
		Old:    "p.abandoned = ctx.Err() != nil && int(p.yielded.Load()) <= p.tracker.listed",
		New:    "p.abandoned = false",
		Breaks: "I11: SendAll does not end while its sequence blocks",
		Try:    tryClient,
	},
	{
		Name: "text-without-time", Package: "client",
		Old:    "bool { return p.ticksLeft(index) <= 0 }",
		New:    "bool { return false }",
		Breaks: "I11: a text of SendAll waits for as long as its host is silent, or works",
		Try:    tryClient,
	},
	{
		Name: "late-answer-counts", Package: "client",
		Old:    "if n -= late; n == 0 {",
		New:    "if n == 0 {",
		Breaks: "I3: the answer to a text whose time was up is taken for that to the next one",
		Try:    tryClient,
	},
	{
		Name: "no-head-start", Package: "client",
		Old:    "if t.lost {",
		New:    "if false {",
		Breaks: "I3: a message is sent to another host before that can know it",
		Try:    tryClient,
	},
	{
		Name: "told-out-of-order", Package: "client",
		Old:    "if e.open || len(t.held) > 0 {",
		New:    "if e.open {",
		Breaks: "I8: results are given to other texts",
		Try:    tryClient,
	},
}

// hostMutants break start, restart and stop of a host, and the checks of logs.
var hostMutants = []*Mutant{
	{
		Name: "restarts-for-ever", Package: "supervisor",
		Old:    "if failures > maxFailures {",
		New:    "if failures < 0 {",
		Breaks: "I11: an actor that fails again and again never fails the host",
		Try:    tryRings,
	},
	{
		Name: "log-stops-first", Package: "supervisor",
		Old:    "{names: []string{actors.ListenersName, actors.SurveyName}, limit: time.Second},",
		New:    "{names: []string{actors.ListenersName, actors.SurveyName, actors.AccessLogName}, limit: time.Second},",
		Breaks: "architecture, Stopping: what was taken is neither logged nor answered",
		Try:    tryRings,
	},
	{
		Name: "clients-not-drained", Package: "supervisor",
		Old:    "\t\t{names: []string{actors.ConnsName}, drain: true, limit: 4 * time.Second},\n",
		New:    "",
		Breaks: "architecture, Stopping: clients are cut off with what they have sent unanswered",
		Try:    tryRings,
	},
	{
		Name: "links-not-drained", Package: "supervisor",
		Old:    "\t\t{names: []string{actors.LinksName}, drain: true, limit: 2 * time.Second},\n",
		New:    "",
		Breaks: "architecture, Stopping: the last messages stay with the host that stops",
		Try:    tryRings,
	},
	{
		Name: "strangers-let-in", Package: "actors",
		Old:    "return 0, errStranger",
		New:    "return (id.self + 1) % len(id.Ring().Hosts), nil",
		Breaks: "protocol, 3: any address may speak as a peer",
		Try:    tryActors,
	},
	{
		Name: "unknown-key-passed-over", Package: "internal/config",
		Old:    `return positionOf(entry.Key).fault("", "unknown key %q%s: known are %s", name, inSection(key), s.keys())`,
		New:    "continue",
		Breaks: "a misspelt key of the ring file has no effect, and nobody says so",
		Try:    []string{"./internal/config"},
	},
	{
		Name: "digest-of-a-hole", Package: "internal/verify",
		Old:    "case rec.Seq != s.next:",
		New:    "case rec.Seq < s.next:",
		Breaks: "I5: zog verify takes a log with a hole for a whole one",
		Try:    []string{"./internal/verify"},
	},
	{
		Name: "later-copy-is-complete", Package: "internal/verify",
		Old:    "case r.uneven():",
		New:    "case false:",
		Breaks: "zog verify takes a log that begins later than others for a complete one",
		Try:    []string{"./internal/verify"},
	},
	{
		Name: "late-alarm-judges", Package: "internal/survey",
		Old:    "if late <= lateness {",
		New:    "if true {",
		Breaks: "zog verify takes a host for silent because it was stopped itself",
		Try:    []string{"./internal/survey"},
	},
	{
		Name: "places-by-arrival", Package: "internal/places",
		Old:    "tag, count = max(tag, p.tag+1), count+1",
		New:    "count++",
		Breaks: "one address has all its surveys read before those of others",
		Try:    []string{"./internal/places"},
	},
	{
		Name: "no-place-given-up", Package: "internal/places",
		Old:    "n > count+1 && n >= most",
		New:    "n > 1000 && n >= most",
		Breaks: "a few addresses keep all places for surveys",
		Try:    []string{"./internal/places"},
	},
	{
		Name: "chatter-counts-as-answer", Package: "internal/survey",
		Old:    "case p.answerBegan.IsZero() && now.Sub(p.asked) >= p.answerLimit:",
		New:    "case false:",
		Breaks: "zog verify waits for ever for a host that only gives signs of life",
		Try:    []string{"./internal/survey"},
	},
}

// checkMutants break the checker of logs: one that finds nothing would pass everything.
var checkMutants = []*Mutant{
	{
		Name: "lost-not-judged", Package: "internal/test/check",
		Old:    "case !l.retired(m):",
		New:    "case false:",
		Breaks: "the checker does not see I1 and I2 broken",
		Try:    tryCheck,
	},
	{
		Name: "duplicates-not-judged", Package: "internal/test/check",
		Old:    "if e.hosts&l.hostBit != 0 {",
		New:    "if false {",
		Breaks: "the checker does not see I3 broken",
		Try:    tryCheck,
	},
	{
		Name: "holes-not-judged", Package: "internal/test/check",
		Old:    "case seq == p.last+1:",
		New:    "case seq > p.last:",
		Breaks: "the checker does not see I5 broken",
		Try:    tryCheck,
	},
	{
		Name: "unexpected-not-judged", Package: "internal/test/check",
		Old:    "case t.sends == 0:\n\t\tl.addAtLine",
		New:    "case false:\n\t\tl.addAtLine",
		Breaks: "the checker does not see I4 broken",
		Try:    tryCheck,
	},
	{
		Name: "difference-not-judged", Package: "internal/test/check",
		Old:    "case e.text != number:",
		New:    "case false:",
		Breaks: "the checker does not see two texts under one id",
		Try:    tryCheck,
	},
	{
		Name: "uneven-not-judged", Package: "internal/test/check",
		Old:    "if c.cfg.Settled {",
		New:    "if false {",
		Breaks: "the checker does not see that logs of a settled ring differ",
		Try:    tryCheck,
	},
}
