package client

// verdict is what became of a message.
type verdict struct {
	host   string // that answered, or may have the message
	copies int    // hosts that hold it
	unsent bool   // it never left this process; err says why
	err    error  // nil or a CopiesError: kept; a RefusedError: not; else ErrUnacknowledged
}

// lost reports whether the message was sent and nothing was heard.
func (v *verdict) lost() bool {
	_, lost := v.err.(*lostError)
	return lost
}

// refused reports whether the message was surely not taken.
func (v *verdict) refused() bool {
	_, refused := v.err.(*RefusedError)
	return refused
}

// answered reports whether a host said so.
func (v *verdict) answered() bool { return !v.unsent && !v.lost() }

// hostsFault reports whether a refusal is about the condition of the host and
// not about the text, which another host might take.
func (v *verdict) hostsFault() bool {
	e, refused := v.err.(*RefusedError)
	return refused && e.Temporary()
}

// then returns what is known of a message when v was known before, and next
// became of it when it was sent (again); and whether it is open, that is, to be
// sent again. Once it was lost nobody can refuse it any more: somebody may have
// it. resend says whether what is lost may be sent again.
func (v verdict) then(next verdict, resend bool) (known verdict, open bool) {
	switch {
	case next.unsent && v.unsent:
		return next, true
	case next.unsent:
		return v, true
	case next.lost() && v.lost():
		return verdict{host: next.host, err: next.err.(*lostError).after(v.err.(*lostError))}, resend
	case next.lost():
		return next, resend
	case next.refused() && v.lost():
		return v, next.hostsFault()
	}
	return next, next.hostsFault()
}
