package marks

// recheckLimit is how many of the runs that were not to be taken are looked at again at a time.
const recheckLimit = 1000

// Wanted is what a host wants of a peer: the runs of which the peer holds lines that the
// host lacks, but for those that the host does not take (RunLimiter). The peer is told of
// these by marks that say: taken up to there, and no line is held. So it does not wait
// until the host has them, and sends nothing of them. The zero value is that of two hosts
// that hold nothing. It is not safe for concurrent use.
type wantList struct {
	backlog Backlog
	wanted  map[Run]struct{}
	refused map[Run]struct{}
}

// update looks at what is held here and there as it is now; asks says whether the host would
// ask for a run that it has not. It returns what the peer is to be told: marks of runs
// that are not taken, and marks with Seq 0 of those that are, after all.
func (w *wantList) update(held, peers *Vector, asks func(Run) bool) (tell []Mark) {
	if w.wanted == nil {
		w.wanted, w.refused = make(map[Run]struct{}), make(map[Run]struct{})
	}
	w.backlog.update(held, peers, func(run Run, lacking bool) {
		_, refused := w.refused[run]
		delete(w.wanted, run)
		delete(w.refused, run)
		has := held.Seq(run) > 0
		switch {
		case lacking && !has && !asks(run):
			tell = append(tell, w.refuse(run, peers))
			return
		case lacking:
			w.wanted[run] = struct{}{}
		}
		if refused && !has { // else our own mark tells it
			tell = append(tell, Mark{Run: run})
		}
	})
	return append(tell, w.recheck(asks)...)
}

// recheck looks again at some of the runs that were not to be taken.
func (w *wantList) recheck(asks func(Run) bool) (tell []Mark) {
	n := 0
	for run := range w.refused {
		if n++; n > recheckLimit {
			break
		}
		if asks(run) {
			delete(w.refused, run)
			w.wanted[run] = struct{}{}
			tell = append(tell, Mark{Run: run})
		}
	}
	return tell
}

// take returns up to most runs that are wanted, and what the peer is to be told of those
// that are no longer taken.
func (w *wantList) take(most int, asks func(Run) bool) (wanted []Run, tell []Mark) {
	for run := range w.wanted {
		switch {
		case len(wanted) == most:
			return wanted, tell
		case w.backlog.have.Seq(run) > 0 || asks(run):
			wanted = append(wanted, run)
		default:
			delete(w.wanted, run)
			tell = append(tell, w.refuse(run, &w.backlog.other))
		}
	}
	return wanted, tell
}

// refuse notes that run is not taken, and returns what tells it.
func (w *wantList) refuse(run Run, peers *Vector) Mark {
	w.refused[run] = struct{}{}
	return refusal(run, peers)
}

func refusal(run Run, peers *Vector) Mark {
	seq := peers.Seq(run)
	return Mark{Run: run, Seq: seq, First: seq + 1}
}

// refusals returns all that the peer is to be told on a new connection.
func (w *wantList) refusals() []Mark {
	told := make([]Mark, 0, len(w.refused))
	for run := range w.refused {
		told = append(told, refusal(run, &w.backlog.other))
	}
	return told
}
