package row

import "xlattice.org/zog/internal/marks"

// Unidentified is one or more messages of a client that follow each other: they have ids on
// its connection, and no identity yet.
type Unidentified struct {
	ID uint64 // of the first message; it counts up
	// Session and Number are the client's name for the first message, if the client may
	// send it again. Number counts up.
	Session, Number uint64
	texts
}

// Slice returns the messages from up to but not including to, at least one, as a row that
// shares the memory.
func (u *Unidentified) Slice(from, to int) Unidentified {
	part := Unidentified{ID: u.ID + uint64(from), Session: u.Session, Number: u.Number, texts: u.slice(from, to)}
	if part.Session != 0 {
		part.Number += uint64(from)
	}
	return part
}

// Identify returns the messages as number seq and up of run. seconds is the Unix time at
// which they were taken. The Row shares the memory.
func (u *Unidentified) Identify(run marks.Run, seq uint64, seconds int64) Row {
	return Row{Head: Head{Run: run, Seq: seq, Time: seconds, Session: u.Session, Number: u.Number}, texts: u.texts}
}

// goesOn reports whether a message would continue a row of n messages.
func (u *Unidentified) goesOn(n, id, session, number uint64) bool {
	return id == u.ID+n && id > u.ID && session == u.Session && (session == 0 || number == u.Number+n && number > u.Number)
}
