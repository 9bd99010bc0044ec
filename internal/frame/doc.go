// Package frame turns bytes into the frames of org.xlattice.pzog and back
// (DESIGN 3).
//
// A connection carries frames one behind the other: a varint with the length
// in bytes, then that many bytes of one protobuf Frame. Split finds the first
// frame in a buffer, Decode reads it, and the Append functions write one.
//
//	body, n, err := frame.Split(buf, frame.PeerLimit)
//	if n == 0 && err == nil { /* read more bytes first */ }
//	var f frame.Frame
//	err = frame.Decode(body, &f)
//
// Data and Ok travel by the million, so they are read and written by hand and
// without allocating: what Decode hands out aliases the buffer. KeepAlive and
// Ack are rare and go through the generated code. A differential fuzz test
// holds the two against each other.
//
// Everything that is wrong with bytes is a Malformed error. The package keeps
// no state and is safe for concurrent use.
package frame
