package actors

import (
	"xlattice.org/zog/internal/stream"
)

// peerTimeout is how long a peer may leave us without an answer, or without
// reading, before we do without it (DESIGN 4).
const peerTimeout = stream.AnswerTimeout
