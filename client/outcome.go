package client

// outcome is what happened to a message.
type outcome struct {
	host   string // the host that answered, or that may have the message
	copies int    // how many hosts hold it
	id     ID     // of the message, if it is kept; of several the first, and those of the others count up
	unsent bool   // it was not sent; err says why
	err    error  // nil or CopiesError: kept; RefusedError: not taken; lostError: not known
}

// behind returns the outcome of the messages behind the first n.
func (o outcome) behind(n int) outcome {
	o.id = o.id.behind(n)
	return o
}

// lost reports whether the message was sent and not answered.
func (o *outcome) lost() bool {
	_, lost := o.err.(*lostError)
	return lost
}

// down reports whether the host could not be reached as a host.
func (o *outcome) down() bool {
	_, down := o.err.(*dialError)
	return down
}

// refused reports whether the message was not taken.
func (o *outcome) refused() bool {
	_, refused := o.err.(*RefusedError)
	return refused
}

// answered reports whether a host answered the message.
func (o *outcome) answered() bool { return !o.unsent && !o.lost() }

// temporary reports whether a host refused the message because of its own condition, so
// that another host may take it.
func (o *outcome) temporary() bool {
	e, refused := o.err.(*RefusedError)
	return refused && e.Retryable()
}

// gaveUp returns the outcome of a message that is not sent again, for the reason given. That a
// host has refused it implies that the time is up.
func (o outcome) gaveUp(reason error) outcome {
	if e, lost := o.err.(*lostError); lost {
		o.err = e.gaveUp(reason)
	}
	return o
}

// merge returns what is known of a message after one more attempt to send it, and whether
// it is open, that is, to be sent again. o is what was known before, next the outcome of the
// attempt. After a lost attempt a refusal is not final: another host may have accepted the
// message. resend says whether lost messages are sent again.
func (o outcome) merge(next outcome, resend bool) (known outcome, open bool) {
	switch {
	case next.unsent && o.unsent:
		return next, true
	case next.unsent:
		return o, true
	case next.lost() && o.lost():
		return outcome{host: next.host, err: next.err.(*lostError).mergedWith(o.err.(*lostError))}, resend
	case next.lost():
		return next, resend
	case next.refused() && o.lost():
		return o, next.temporary()
	}
	return next, next.temporary()
}
