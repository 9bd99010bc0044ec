package main

var (
	tryFollow  = []string{"./internal/follow", "./ringtest/rings"}
	tryReading = []string{"./internal/journal", "./ringtest/rings"}
)

// followMutants break what clients that follow are sent.
var followMutants = []*Mutant{
	{
		Name: "hole-untold", Package: "internal/follow",
		Old:    "case have+1 < r.Seq:",
		New:    "case false:",
		Breaks: "protocol, 5: what was retired is skipped in silence",
		Try:    tryFollow,
	},
	{
		Name: "retired-run-untold", Package: "internal/follow",
		Old:    "if c.seen.Seq(m.Run)+1 < m.First {",
		New:    "if false {",
		Breaks: "protocol, 5: a run of which nothing is left is skipped in silence",
		Try:    tryFollow,
	},
	{
		Name: "position-stands", Package: "internal/follow",
		Old:    "c.seen.Raise(r.Run, r.Last())",
		New:    "_ = r.Last",
		Breaks: "I3: a message that is read twice, as after a rotation, is sent twice",
		Try:    tryFollow,
	},
	{
		Name: "time-beyond-the-first", Package: "internal/follow",
		Old:    "case r.Last() > f.position.Seq(r.Run):",
		New:    "case false:",
		Breaks: "protocol, 5: a message that was taken later is left out",
		Try:    tryFollow,
	},
	{
		Name: "turn-for-all", Package: "internal/follow",
		Old:    "len(q.reading) < most && len(q.ready) > 0",
		New:    "len(q.ready) > 0",
		Breaks: "I7: followers take all processors",
		Try:    tryFollow,
	},
	{
		Name: "place-kept", Package: "internal/follow",
		Old:    "p.add(from, -1, -marks)",
		New:    "p.add(from, 0, -marks)",
		Breaks: "I6: nobody can follow after a while",
		Try:    tryFollow,
	},
	{
		Name: "waypoint-too-far", Package: "internal/journal",
		Old:    "return !covers(seen, all[i].has)",
		New:    "return false",
		Breaks: "I2: a reader begins behind messages that it lacks",
		Try:    tryReading,
	},
	{
		Name: "read-before-durable", Package: "internal/journal",
		Old:    "return r.segment.size, nil",
		New:    "return r.segment.size + 1<<20, nil",
		Breaks: "I1: a follower is sent what is not durable",
		Try:    tryReading,
	},
	{
		Name: "deaf-follower-stays", Package: "actors",
		Old:    "case time.Since(f.readAt) >= c.node.Ring().Limits.FollowerTimeout:",
		New:    "case false:",
		Breaks: "I6: a client that does not read is kept for ever",
		Try:    tryRings,
	},
	{
		Name: "piece-lost-unseen", Package: "actors",
		Old:    "case m.Frames == nil || m.Number != f.taken+1:",
		New:    "case m.Frames == nil:",
		Breaks: "protocol, 5: a piece of the log that was lost between actors is a gap",
		Try:    tryRings,
	},
}
