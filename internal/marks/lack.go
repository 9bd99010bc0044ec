package marks

// Backlog is of which runs one table lacks lines that another one holds. It is kept up to
// date by what has changed in the two since the last look, so that looking again costs
// little however many runs there are. The zero value is that of two empty tables. It is
// not safe for concurrent use.
type Backlog struct {
	have, other Vector
	runs        map[Run]struct{}
}

// update looks at the tables, which the caller owns, as they are now.
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

// update calls judged with each run that has changed, and whether there is a line of it
// that table lacks. A run may come twice.
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

// Len returns the number of runs.
func (l *Backlog) Len() int { return len(l.runs) }

// Firsts returns, for each of the runs, the first line that is lacking.
func (l *Backlog) Firsts() map[Run]uint64 {
	firsts := make(map[Run]uint64, len(l.runs))
	for run := range l.runs {
		firsts[run], _ = l.have.FirstMissing(&l.other, run)
	}
	return firsts
}
