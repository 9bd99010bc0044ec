package actors

import (
	"xlattice.org/zog/internal/stream"
)

// peerTimeout is how long a peer may leave us without an answer, or may not read, before its
// connection is closed.
const peerTimeout = stream.AnswerTimeout
