package marks

// recheckLimit is how many refused runs one update considers again.
const recheckLimit = 1000

// wantList is the list of the runs that a host wants from a peer: the peer has lines of
// them that the host lacks, and the host takes them (RunLimiter). The host refuses the
// others: it sends the peer a mark for each that says "taken, and no line is left". So the
// peer neither counts them as backlog nor sends them. The zero value is for two hosts
// without any run. It is not safe for concurrent use.
type wantList struct {
	backlog Backlog
	wanted  map[Run]struct{}
	refused map[Run]struct{}
}

// update compares what the host and the peer hold now. asks tells whether the host would
// ask for a run that it does not have. The marks returned are to be sent to the peer: they
// refuse runs, or, with Seq 0, take a refusal back.
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
		if refused && !has { // otherwise our own mark replaces the refusal
			tell = append(tell, Mark{Run: run})
		}
	})
	return append(tell, w.recheck(asks)...)
}

// recheck considers some of the refused runs again.
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

// take returns up to most wanted runs, and marks for the peer that refuse runs which the
// host no longer takes.
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

// refuse adds run to the refused runs, and returns the mark for the peer.
func (w *wantList) refuse(run Run, peers *Vector) Mark {
	w.refused[run] = struct{}{}
	return refusal(run, peers)
}

// refusal returns the mark that refuses a run: all that the peer has is taken, and no line
// of it is held.
func refusal(run Run, peers *Vector) Mark {
	seq := peers.Seq(run)
	return Mark{Run: run, Seq: seq, First: seq + 1}
}

// refusals returns the marks of all refused runs, for a new connection to the peer.
func (w *wantList) refusals() []Mark {
	told := make([]Mark, 0, len(w.refused))
	for run := range w.refused {
		told = append(told, refusal(run, &w.backlog.other))
	}
	return told
}
