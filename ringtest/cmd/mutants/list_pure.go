package main

var (
	tryRing        = []string{"./internal/ring"}
	tryRelay       = []string{"./internal/relay"}
	tryRepair      = []string{"./internal/repair"}
	tryFingerprint = []string{"./internal/fingerprint"}
	tryResend      = []string{"./internal/resend"}
	trySequencer   = []string{"./internal/sequencer"}
)

// treeMutants send messages to the wrong peers.
var treeMutants = []*Mutant{
	{
		Name: "tree-off-by-one", Package: "internal/ring",
		Old:    "child <= pos+2*step &&",
		New:    "child < pos+2*step &&",
		Breaks: "protocol, 7: nobody gets it from the second child on",
		Try:    tryRing,
	},
	{
		Name: "wrapping-wrong", Package: "internal/ring",
		Old:    "return uint32(step)\n",
		New:    "return uint32(2 * step)\n",
		Breaks: "protocol, 7: the wire has another wrapping",
		Try:    tryRing,
	},
	{
		Name: "no-reroute", Package: "internal/ring",
		Old:    "dst = p.below(dst, origin, child, up)",
		New:    "continue",
		Breaks: "protocol, 7: who is below a host that is down waits for a repair",
		Try:    tryRing,
	},
	{
		Name: "reroute-forgotten", Package: "internal/relay",
		Old:    "if t.valid && t.up == up && t.wrapping",
		New:    "if t.valid && t.wrapping",
		Breaks: "protocol, 7: a link keeps its part of the tree when others go down or up",
		Try:    tryRelay,
	},
	{
		Name: "peer-marks-ignored", Package: "internal/relay",
		Old:    "if has := c.offered.Seq(r.Run); has >= r.Last() {",
		New:    "if has := uint64(0); has >= r.Last() {",
		Breaks: "protocol, 7: a peer is sent what it has",
		Try:    tryRelay,
	},
	{
		Name: "any-ok-believed", Package: "internal/relay",
		Old:    "if id > c.written {",
		New:    "if false {",
		Breaks: "protocol, 6: a peer may answer what it was never sent",
		Try:    tryRelay,
	},
}

// repairMutants break repairs, and the recognition of messages that are sent again.
var repairMutants = []*Mutant{
	{
		Name: "gone-one-waited-for", Package: "internal/repair",
		Old:    "if c.repairer == peer {",
		New:    "if false {",
		Breaks: "I2: a repairing peer whose connection has ended is waited for",
		Try:    tryRepair,
	},
	{
		Name: "done-by-its-own-word", Package: "internal/repair",
		Old:    "if reporter != c.repairer && (c.gap.Seq != 0 || c.more[c.repairer]) {",
		New:    "if reporter != c.repairer {",
		Breaks: "I2: a repairing peer that is done and silent is waited for",
		Try:    tryRepair,
	},
	{
		Name: "never-another", Package: "internal/repair",
		Old:    "case c.turn.idle > measurePeriod:",
		New:    "case false:",
		Breaks: "I2: a repairing peer that sends nothing is waited for",
		Try:    tryRepair,
	},
	{
		Name: "failed-one-again", Package: "internal/repair",
		Old:    "now.Add(min(minExclusion<<p.fails, maxExclusion))",
		New:    "now",
		Breaks: "protocol, 8: a repairing peer that failed is chosen again at once",
		Try:    tryRepair,
	},
	{
		Name: "hole-in-haste", Package: "internal/repair",
		Old:    "lacking && line < first {",
		New:    "lacking && line > first {",
		Breaks: "I2: a hole is declared although a peer has the lines",
		Try:    tryRepair,
	},
	{
		Name: "hole-without-hearing", Package: "internal/repair",
		Old:    "now.Sub(c.started) < awaitPeers ||",
		New:    "",
		Breaks: "I2: a hole is declared before the others have sent their marks",
		Try:    tryRepair,
	},
	{
		Name: "first-runs-only", Package: "internal/repair",
		Old:    "len(t.targets) == 0",
		New:    "false",
		Breaks: "I2: a peer that repairs many runs is taken for one that sends nothing",
		Try:    tryRepair,
	},
	{
		Name: "hole-by-one-word", Package: "internal/repair",
		Old:    "const minWitnesses = 2",
		New:    "const minWitnesses = 1",
		Breaks: "I1: one peer alone can have a hole declared while the origin is away",
		Try:    tryRepair,
	},
	{
		Name: "slow-one-kept", Package: "internal/repair",
		Old:    "return p.rateKnown(now) && p.rate < slowRate",
		New:    "return false",
		Breaks: "I2: a peer that sends a line a second repairs until its turn is over",
		Try:    tryRepair,
	},
	{
		Name: "turn-for-ever", Package: "internal/repair",
		Old:    "now.Sub(c.turn.began) >= maxTurn &&",
		New:    "false &&",
		Breaks: "I2: a peer that sends what is not needed repairs for ever",
		Try:    tryRepair,
	},
	{
		Name: "resend-expires-never", Package: "internal/resend",
		Old:    "st != nil && now.Sub(st.grew) >= keep;",
		New:    "st != nil && false;",
		Breaks: "I6: names of messages are kept for ever",
		Try:    tryResend,
	},
	{
		Name: "resend-unlimited", Package: "internal/resend",
		Old:    "t.owners.count > t.limit {",
		New:    "false {",
		Breaks: "I6: names of messages are kept without a limit",
		Try:    tryResend,
	},
	{
		Name: "resend-crowd", Package: "internal/resend",
		Old:    "case noting.count > 1 && over(noting):",
		New:    "case false:",
		Breaks: "I7: one client's sessions push out the names of all others",
		Try:    tryResend,
	},
	{
		Name: "resend-mixes-runs", Package: "internal/resend",
		Old:    "seq > st.seq && run == st.run",
		New:    "seq > st.seq",
		Breaks: "protocol, 5: a message is taken for one of another run",
		Try:    tryResend,
	},
	{
		Name: "resend-end-forgotten", Package: "internal/resend",
		Old:    "st.length = end - st.seq + 1",
		New:    "st.length = end - st.seq",
		Breaks: "I3: the last message before a new run is taken a second time",
		Try:    tryResend,
	},
	{
		Name: "fingerprint-blind", Package: "internal/fingerprint",
		Old:    "return b.prints[seq-b.first] != t.print(text)",
		New:    "return b == nil",
		Breaks: "I8: Ok is said to a text that is in no log",
		Try:    tryFingerprint,
	},
	{
		Name: "fingerprint-stale", Package: "internal/fingerprint",
		Old:    "t.forgetFrom(r.Run, r.Seq)",
		New:    "",
		Breaks: "I8: a message that was lost and taken anew is taken for another text",
		Try:    tryFingerprint,
	},
}

var (
	tryFrame  = []string{"./internal/frame"}
	tryRecord = []string{"./internal/record"}
)

// wireMutants accept frames that are not valid.
var wireMutants = []*Mutant{
	{
		Name: "limit-off-by-one", Package: "internal/frame",
		Old:    "if length > uint64(limit) {",
		New:    "if length > uint64(limit)+1 {",
		Breaks: "I6: a frame may be a byte longer than the limit",
		Try:    tryFrame,
	},
	{
		Name: "non-minimal-length", Package: "internal/frame",
		Old:    "return 0, 0, ErrNonMinimal",
		New:    "return length, i + 1, nil",
		Breaks: "protocol, 2: a length has several spellings",
		Try:    tryFrame,
	},
	{
		Name: "length-overflows", Package: "internal/frame",
		Old:    "if i == maxPrefix-1 && b > 1 {",
		New:    "if i == maxPrefix && b > 1 {",
		Breaks: "protocol, 2: a length of more than 64 bits is taken for a small one",
		Try:    tryFrame,
	},
	{
		Name: "empty-frame", Package: "internal/frame",
		Old:    "return 0, 0, ErrEmpty",
		New:    "return 0, 1, nil",
		Breaks: "protocol, 2: a frame of no bytes is accepted",
		Try:    tryFrame,
	},
	{
		Name: "two-bodies", Package: "internal/frame",
		Old:    "if f.Kind != 0 {",
		New:    "if false {",
		Breaks: "protocol, 2: of two bodies in a frame the last one counts",
		Try:    tryFrame,
	},
	{
		Name: "field-zero", Package: "internal/frame",
		Old:    "if num == 0 {",
		New:    "if false {",
		Breaks: "protocol, 2: field 0 is ignored",
		Try:    tryFrame,
	},
}

// recordMutants accept texts and lines that are not valid.
var recordMutants = []*Mutant{
	{
		Name: "bidi-accepted", Package: "internal/record",
		Old:    "0x202A <= r && r <= 0x202E,",
		New:    "0x202B <= r && r <= 0x202E,",
		Breaks: "I9: a left-to-right embedding stands in the log",
		Try:    tryRecord,
	},
	{
		Name: "del-accepted", Package: "internal/record",
		Old:    "0x7F <= r && r <= 0x9F,",
		New:    "0x80 <= r && r <= 0x9F,",
		Breaks: "I9: DEL stands in the log",
		Try:    tryRecord,
	},
	{
		Name: "cr-accepted", Package: "internal/record",
		Old:    "case r < 0x20,",
		New:    "case r < 0x20 && r != '\\r',",
		Breaks: "I9: a CR inside a text stands in the log",
		Try:    tryRecord,
	},
	{
		Name: "controls-in-eights", Package: "internal/record",
		Old:    "(w|(w+ones)|(w-0x20*ones))",
		New:    "(w|(w+ones))",
		Breaks: "I9: eight control characters in a row stand in the log",
		Try:    tryRecord,
	},
	{
		Name: "text-too-long", Package: "internal/record",
		Old:    "case len(text) > MaxText:",
		New:    "case len(text) > MaxText+1:",
		Breaks: "protocol, 5: a text of 512 bytes is taken",
		Try:    tryRecord,
	},
	{
		Name: "del-shown-raw", Package: "internal/record",
		Old:    "case 0x20 <= c && c <= 0x7E:",
		New:    "case 0x20 <= c && c <= 0x7F:",
		Breaks: "I9: a control byte stands in error.log",
		Try:    tryRecord,
	},
	{
		Name: "second-spelling", Package: "internal/record",
		Old:    "if len(digits) == 0 || digits[0] == '0' {",
		New:    "if len(digits) == 0 {",
		Breaks: "I9: a line is taken that no host would write",
		Try:    tryRecord,
	},
}
