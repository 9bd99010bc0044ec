package main

// voidMutants let a host that was put back to an earlier state, or that is lied to, go
// on in another way.
var voidMutants = []*Mutant{
	{
		Name: "void-run-kept", File: "internal/marks/present.go",
		Old:    "\t\tp.void = true\n",
		New:    "",
		Breaks: "I2: a host gives out numbers that its peers drop as known",
		Try:    tryMarks,
	},
	{
		Name: "void-at-every-word", File: "internal/marks/present.go",
		Old:    "now.Sub(p.renewed) >= renewEvery",
		New:    "true",
		Breaks: "I7: a peer that lies has a new run begun at every word",
		Try:    tryMarks,
	},
	{
		Name: "liar-counted", File: "internal/marks/present.go",
		Old:    "return !p.void && !p.ahead[peer]",
		New:    "return !p.void",
		Breaks: "I1: a peer that claims what it cannot have counts as a copy",
		Try:    tryMarks,
	},
	{
		Name: "voided-run-counted", File: "internal/marks/present.go",
		Old:    "\tcase p.voided:\n\t\treturn false\n",
		New:    "",
		Breaks: "I1: copies of other texts are counted once the new run has begun",
		Try:    tryMarks,
	},
	{
		Name: "given-not-noted", File: "actors/stream.go",
		Old:    "\ts.link.node.gave(rows)\n",
		New:    "",
		Breaks: "I11: a host takes every answer of a peer for a sign that it was put back",
		Try:    trySupervisor,
	},
	{
		Name: "void-run-not-taken-again", File: "actors/void.go",
		Old:    "\tr.pass(ctx, b)\n",
		New:    "\t_ = b\n",
		Breaks: "I2: what was answered under worthless numbers stays on one host",
		Try:    trySupervisor,
	},
	{
		Name: "void-run-found-again", File: "actors/void.go",
		Old:    "\tr.resent.Drop(claim.Run)\n",
		New:    "",
		Breaks: "I2: a message that is sent again is taken for the one under a worthless number",
		Try:    []string{"./ringtest"},
	},
	{
		Name: "own-run-asked-for", File: "actors/router.go",
		Old:    "\tsaid.Lower(r.present(), r.seq)",
		New:    "\t_ = r",
		Breaks: "I7: a host asks for messages of its own run, and closes on who sends them",
		Try:    trySupervisor,
	},
}
