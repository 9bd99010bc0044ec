package marks

// Backlog is the set of runs of which a peer lacks lines that another host has. Update
// costs what has changed since the last Update, however many runs there are. The zero value
// is the backlog between two empty vectors. It is not safe for concurrent use.
type Backlog struct {
	have, other Vector
	runs        map[Run]struct{}
}

// Update compares the vector of the peer, have, with that of the other host. The caller
// keeps both.
func (l *Backlog) Update(table, other *Vector) {
	l.update(table, other, func(run Run, lacking bool) {
		if !lacking {
			delete(l.runs, run)
			return
		}
		if l.runs == nil {
			l.runs = make(map[Run]struct{})
		}
		l.runs[run] = struct{}{}
	})
}

// update calls compared with each run that has changed in one of the vectors, and whether
// have lacks a line of it. It may call it twice for a run.
func (l *Backlog) update(table, other *Vector, judged func(run Run, lacking bool)) {
	judge := func(m Mark) {
		_, lacking := table.FirstMissing(other, m.Run)
		judged(m.Run, lacking)
	}
	if table.root != l.have.root {
		table.root.diff(l.have.root, 0, judge)
		l.have = *table.Clone()
	}
	if other.root != l.other.root {
		other.root.diff(l.other.root, 0, judge)
		l.other = *other.Clone()
	}
}

// Len returns the number of runs in the backlog.
func (l *Backlog) Len() int { return len(l.runs) }

// Firsts returns the runs in the backlog, each with the first line that is missing.
func (l *Backlog) Firsts() map[Run]uint64 {
	firsts := make(map[Run]uint64, len(l.runs))
	for run := range l.runs {
		firsts[run], _ = l.have.FirstMissing(&l.other, run)
	}
	return firsts
}
