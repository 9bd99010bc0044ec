// Package frame encodes and decodes the frames of org.xlattice.pzog (docs/protocol.md,
// sections 2 to 6).
//
// A connection is a sequence of frames. Each is a varint with the length in bytes, and then
// that many bytes of one protobuf Frame. Split finds the first frame in a buffer, Decode
// decodes it, and the Append functions encode one.
//
//	body, n, err := frame.Split(buf, frame.PeerLimit)
//	if n == 0 && err == nil { /* read more bytes first */ }
//	var f frame.Frame
//	err = frame.Decode(body, &f)
//
// Data and Ok come by the million, so their code is written by hand and does not allocate:
// what Decode returns aliases the buffer. KeepAlive and Ack are rare and use the generated
// code. A differential fuzz test compares the two.
//
// All that can be wrong with bytes is a Malformed error. The package has no state and is
// safe for concurrent use.
package frame
