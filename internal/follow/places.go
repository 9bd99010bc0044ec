package follow

// Limits are how many clients may follow, in all and from one address.
type Limits struct{ All, PerAddress int }

// The marks of all followers together, and of those at one address: as many as a client may
// send.
const (
	maxMarks        = 1 << 18
	maxAddressMarks = 1 << 17
)

// Places are the places of the clients that follow, and the marks that they have sent. The zero value
// has none.
type Places struct {
	all usage
	of  map[string]usage
}

type usage struct{ followers, marks int }

// Refusal is why there is no place; "" is that there is one.
type Refusal string

// The refusals.
const (
	TooMany          Refusal = "too many followers at a time"
	TooManyOfAddress Refusal = "too many followers at a time from one address"
	TooManyMarks     Refusal = "followers have sent too many marks"
)

// Take takes a place for a client.
func (p *Places) Take(from string, l Limits) Refusal {
	u := p.of[from]
	switch {
	case u.followers >= l.PerAddress:
		return TooManyOfAddress
	case p.all.followers >= l.All:
		return TooMany
	}
	p.add(from, 1, 0)
	return ""
}

// AddMarks counts marks that a client with a place has sent.
func (p *Places) AddMarks(from string, n int) Refusal {
	if p.all.marks+n > maxMarks || p.of[from].marks+n > maxAddressMarks {
		return TooManyMarks
	}
	p.add(from, 0, n)
	return ""
}

// Free frees the place of a client, and its marks.
func (p *Places) Free(from string, marks int) { p.add(from, -1, -marks) }

func (p *Places) add(from string, followers, marks int) {
	if p.of == nil {
		p.of = make(map[string]usage)
	}
	u := p.of[from]
	u.followers, u.marks = u.followers+followers, u.marks+marks
	p.all.followers, p.all.marks = p.all.followers+followers, p.all.marks+marks
	if p.of[from] = u; u == (usage{}) {
		delete(p.of, from)
	}
}

const (
	maxPiece  = 256 << 10
	minPiece  = 8 << 10
	allPieces = 16 << 20
	// sendBuffer is what the kernel holds of what a client has not read yet, if many follow.
	sendBuffer = 64 << 10
)

// Room is what one follower may use.
type Room struct {
	Piece      int  // how many bytes it reads at a time
	Many       bool // many follow: one piece at a time may be not written, and the kernel's buffer is limited
	SendBuffer int  // of the kernel, in bytes
}

// Room returns what a follower may use: all of them hold no more than a few times allPieces.
func (p *Places) Room() Room {
	piece := min(max(allPieces/max(p.all.followers, 1), minPiece), maxPiece)
	return Room{Piece: piece, Many: piece < maxPiece, SendBuffer: sendBuffer}
}
