package main

// strangerMutants let strangers, or a stolen certificate, take what others need.
var strangerMutants = []*Mutant{
	{
		Name: "name-not-counted", Package: "actors",
		Old:    "evicted, err := a.clients.name(g, name, a.id.Ring().Limits.ClientsPerName)",
		New:    "evicted, err := a.clients.name(g, name, 1<<30)",
		Breaks: "a stolen certificate takes all places for clients",
		Try:    tryRings,
	},
	{
		Name: "roles-not-in-the-name", Package: "internal/trust",
		Old:    "+ \"?role=\" + id.Roles.String()",
		New:    "",
		Breaks: "a stolen sender takes the places of a reader with the same name",
		Try:    tryRings,
	},
	{
		Name: "memory-by-connection", Package: "actors",
		Old:    "\tq.budget.Join(&who.budget)\n",
		New:    "",
		Breaks: "a stolen certificate has a share of memory for each of its connections",
		Try:    tryRings,
	},
	{
		Name: "turns-by-connection", Package: "actors",
		Old:    "\tq.batches.join(q.turn, &who.batches)\n",
		New:    "",
		Breaks: "a stolen certificate has a turn for each of its connections",
		Try:    tryActors,
	},
	{
		Name: "handshakes-at-once", Package: "actors",
		Old:    "\tif h.ask(w, from, expected) {",
		New:    "\tif h.ask(w, from, expected) || true {",
		Breaks: "strangers take all processor time with handshakes",
		Try:    tryRings,
	},
	{
		Name: "nobody-is-known", Package: "internal/handshakes",
		Old:    "case best == nil, s.known && !best.known, s.known == best.known && s.tag < best.tag:",
		New:    "case best == nil, s.tag < best.tag:",
		Breaks: "a client waits behind the handshakes of strangers",
		Try:    []string{"./internal/handshakes"},
	},
	{
		Name: "one-address-takes-all", Package: "internal/handshakes",
		Old:    "\ts.bucket.Take(now, token(l.PerAddress))\n",
		New:    "",
		Breaks: "one address takes all handshakes",
		Try:    []string{"./internal/handshakes"},
	},
	{
		Name: "endless-handshake", Package: "internal/tlsconn",
		Old:    "left: maxHandshake}",
		New:    "left: unlimited}",
		Breaks: "I6: a handshake that is not finished holds hundreds of kilobytes",
		Try:    []string{"./internal/tlsconn"},
	},
	{
		Name: "a-line-for-each-dial", Package: "internal/ratelimit",
		Old:    "s.reason == reason && now.Sub(s.shown) < RepeatAfter",
		New:    "false",
		Breaks: "a host that is dialled with TLS and speaks plain text has a line in error.log for each dial",
		Try:    tryActors,
	},
	{
		Name: "a-holder-has-many-shares", Package: "internal/budget",
		Old:    "\t\town = h.held.Add(bytes)\n",
		New:    "\t\th.held.Add(bytes)\n",
		Breaks: "the connections of one client hold as much as many clients",
		Try:    []string{"./internal/budget"},
	},
}
