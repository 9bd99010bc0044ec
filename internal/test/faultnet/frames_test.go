package faultnet_test

import "xlattice.org/zog/internal/frame"

// framed returns a Data frame with this id and a text of so many bytes.
func framed(id uint64, size int) []byte {
	return frame.AppendData(nil, &frame.Data{ID: id, Text: make([]byte, size)})
}
