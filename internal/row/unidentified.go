package row

import "xlattice.org/zog/internal/marks"

// Unidentified is one or more messages that follow each other, as they come from a client:
// they have ids on its connection, and no identity yet.
type Unidentified struct {
	ID uint64 // of the first frame; those of the others count up
	// What the client calls the first, if that may send it again. Number counts up.
	Session, Number uint64
	texts
}

// Slice returns messages from up to but not to, as a row that shares the memory.
// There must be one.
func (u *Unidentified) Slice(from, to int) Unidentified {
	part := Unidentified{ID: u.ID + uint64(from), Session: u.Session, Number: u.Number, texts: u.slice(from, to)}
	if part.Session != 0 {
		part.Number += uint64(from)
	}
	return part
}

// Identify returns the messages as number seq and on of a run, which were taken at a time
// in Unix seconds. The rows share the memory.
func (u *Unidentified) Identify(run marks.Run, seq uint64, seconds int64) Row {
	return Row{Head: Head{Run: run, Seq: seq, Time: seconds, Session: u.Session, Number: u.Number}, texts: u.texts}
}

// goesOn tells whether a message would go on a row of n messages.
func (u *Unidentified) goesOn(n, id, session, number uint64) bool {
	return id == u.ID+n && id > u.ID && session == u.Session && (session == 0 || number == u.Number+n && number > u.Number)
}
