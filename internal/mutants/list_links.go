package main

var (
	trySchedule = []string{"./internal/schedule", "./supervisor"}
	tryActors   = []string{"./actors", "./supervisor"}
)

// linkMutants speak to a peer in another way.
var linkMutants = []*Mutant{
	{
		Name: "down-is-up", File: "actors/router.go",
		Old:    "r.up = r.up.Without(m.Peer)",
		New:    "_ = r.up",
		Breaks: "DESIGN 4: the tree goes on by a link that is down",
		Try:    trySupervisor,
	},
	{
		Name: "no-peer-timeout", File: "actors/stream.go",
		Old:    "case left <= 0 && s.phase == live:",
		New:    "case left <= 0 && false:",
		Breaks: "DESIGN 4: the tree waits for a peer that does not answer",
		Try:    trySupervisor,
	},
	{
		Name: "marks-not-said-after-repair", File: "actors/stream.go",
		Old:    "\ts.link.say(s.link.node.Ledger.Snapshot(), true)\n",
		New:    "",
		Breaks: "DESIGN 5: nobody learns that a repair has ended",
		Try:    trySupervisor,
	},
	{
		Name: "repair-by-the-tree", File: "actors/stream.go",
		Old:    "s.cursor.Begin(peer, repair)",
		New:    "s.cursor.Begin(peer, false)",
		Breaks: "I2: who asks for a repair gets what the tree would give",
		Try:    trySupervisor,
	},
	{
		Name: "repair-never-ends", File: "actors/stream.go",
		Old:    "\ts.cursor.EndRepair()\n",
		New:    "",
		Breaks: "DESIGN 4: a link that has repaired sends everything for ever",
		Try:    trySupervisor,
	},
	{
		Name: "flight-unbounded", File: "actors/stream.go",
		Old:    "if s.pulled || s.cursor.Full() {",
		New:    "if s.pulled {",
		Breaks: "I6: a link sends without end to a peer that does not answer",
		Try:    trySupervisor,
	},
	{
		Name: "keepalive-postponed", File: "actors/stream.go",
		Old:    "s.link.node.Counts.Forwarded.Add(n)",
		New:    "s.link.node.Counts.Forwarded.Add(n)\n\t\ts.link.pulse.Speak(time.Now())",
		Breaks: "DESIGN 3: outbound traffic postpones the keepAlive",
		Try:    tryActors,
	},
	{
		Name: "alive-by-own-words", File: "actors/link.go",
		Old:    "l.pulse.Speak(time.Now())",
		New:    "l.pulse.Speak(time.Now())\n\tl.pulse.Beat(time.Now())",
		Breaks: "I11: what we say counts as life of a silent peer",
		Try:    trySupervisor,
	},
	{
		Name: "no-hurry", File: "actors/link.go",
		Old:    "if l.reader == nil && l.dialing == nil && l.timer != nil {",
		New:    "if false {",
		Breaks: "DESIGN 3: a peer that is back is not dialled before our waiting is over",
		Try:    trySupervisor,
	},
	{
		Name: "link-credit-leaked", File: "actors/link.go",
		Old:    "\t\tm.credit.Return()\n",
		New:    "",
		Breaks: "I11: a link hears eight answers and no more",
		Try:    trySupervisor,
	},
	{
		Name: "silence-borne", File: "internal/schedule/schedule.go",
		Old:    "if !now.Before(silent) {",
		New:    "if false {",
		Breaks: "I11: a connection that is dead is never closed",
		Try:    trySchedule,
	},
	{
		Name: "not-urgent", File: "internal/schedule/schedule.go",
		Old:    "pause = min(pause, Urgent)",
		New:    "pause = max(pause, Urgent)",
		Breaks: "I2: a lost last message waits for the next keepAlive",
		Try:    trySchedule,
	},
	{
		Name: "nobody-unsettled", File: "actors/keepalive.go",
		Old:    "w.Pulse.SetBehind(true)",
		New:    "w.Pulse.SetBehind(false)",
		Breaks: "I2: when marks have moved, peers are told at the next interval",
		Try:    tryActors,
	},
}

// connMutants answer on accepted connections in another way.
var connMutants = []*Mutant{
	{
		Name: "peer-credit-leaked", File: "actors/peerconn.go",
		Old:    "\tb.Credit.Return()\n",
		New:    "",
		Breaks: "I11: eight batches, and a peer is heard no more",
		Try:    trySupervisor,
	},
	{
		Name: "client-credit-leaked", File: "actors/answer.go",
		Old:    "\t\tc.pending[0].batch.Credit.Return()\n",
		New:    "",
		Breaks: "I11: eight batches, and a client is heard no more",
		Try:    trySupervisor,
	},
	{
		Name: "early-answered-as-taken", File: "actors/peerconn.go",
		Old:    "copies = 0",
		New:    "copies = 1",
		Breaks: "I8: a peer is told that a message was taken that came too early",
		Try:    trySupervisor,
	},
	{
		Name: "duplicate-answered-early", File: "actors/peerconn.go",
		Old:    "id = c.held[0].FirstID - 1",
		New:    "id = c.logged",
		Breaks: "I8: a duplicate is answered before the first one is durable",
		Try:    tryActors,
	},
	{
		Name: "data-before-hello", File: "actors/peerconn.go",
		Old:    "return errBeforeHello",
		New:    "_ = errBeforeHello",
		Breaks: "DESIGN 3: Data is taken from who has not said who it is",
		Try:    trySupervisor,
	},
	{
		Name: "any-name-fits", File: "actors/peerconn.go",
		Old:    "k.Host != name {",
		New:    "k.Host == \"\" {",
		Breaks: "DESIGN 3: a name that does not fit the address is let in",
		Try:    trySupervisor,
	},
	{
		Name: "old-peer-connection-stays", File: "actors/audience.go",
		Old:    "if old != nil && old.Equal(conn) {",
		New:    "if old != nil && !old.Equal(conn) {",
		Breaks: "DESIGN 3: the newest connection of a host does not replace its older one",
		Try:    trySupervisor,
	},
	{
		Name: "refusal-hides-oks", File: "actors/answer.go",
		Old:    "if r.ID > next {",
		New:    "if false {",
		Breaks: "I8: what stands before a refused text is answered by its refusal",
		Try:    trySupervisor,
	},
	{
		Name: "copies-not-waited-for", File: "actors/answer.go",
		Old:    "holders < b.MinCopies && wait > 0",
		New:    "holders < 1 && wait > 0",
		Breaks: "I1: Ok comes before as many hosts have it as were asked for",
		Try:    trySupervisor,
	},
	{
		Name: "copies-as-wished", File: "actors/answer.go",
		Old:    "ok.Copies = uint32(holders)",
		New:    "ok.Copies = uint32(max(holders, b.MinCopies))",
		Breaks: "I8: Ok says as many copies as were asked for, whatever there are",
		Try:    trySupervisor,
	},
	{
		Name: "any-id", File: "actors/intake.go",
		Old:    "if d.ID != g.lastID+1 {",
		New:    "if d.ID <= g.lastID {",
		Breaks: "DESIGN 3: ids need not be 1, 2, 3 ...",
		Try:    tryActors,
	},
	{
		Name: "any-wrapping", File: "actors/intake.go",
		Old:    "if d.Wrapping > maxWrapping {",
		New:    "if d.Wrapping > maxWrapping+1 {",
		Breaks: "DESIGN 4: wrapping 3 is taken from a client",
		Try:    tryActors,
	},
	{
		Name: "cut-frame-unsaid", File: "actors/reader.go",
		Old:    "errors.Is(readErr, io.EOF) && have > 0:",
		New:    "errors.Is(readErr, io.EOF) && have < 0:",
		Breaks: "DESIGN 3: a connection that ends inside a frame leaves no line in error.log",
		Try:    tryActors,
	},
	{
		Name: "long-data", File: "actors/reader.go",
		Old:    "len(body) > frame.ClientLimit &&",
		New:    "len(body) > frame.PeerLimit &&",
		Breaks: "DESIGN 3: on the peer port the limit is not checked again by type",
		Try:    tryActors,
	},
	{
		Name: "credit-not-needed", File: "actors/reader.go",
		Old:    "credit: make(messages.Credit, credits),",
		New:    "credit: make(messages.Credit, 1<<20),",
		Breaks: "I6: a client may have any number of batches under way",
		Try:    tryActors,
	},
}
