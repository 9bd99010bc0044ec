package peer

import "os"

// full is how many bytes are written at the latest.
const full = 256 << 10

// Log is a host's file of texts. The lines of a batch, which is all that was there
// to be read, are written at once. Not for concurrent use.
type Log struct {
	file  *os.File
	lines []byte
}

// OpenLog opens a log to append to it.
func OpenLog(name string) (*Log, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	return &Log{file: file, lines: make([]byte, 0, full+4<<10)}, err
}

// Add takes a text, which it copies, and writes if there is enough.
func (l *Log) Add(text []byte) error {
	l.lines = append(append(l.lines, text...), '\r', '\n')
	if len(l.lines) < full {
		return nil
	}
	return l.Write()
}

// Write writes what was added, in one write. It is for the end of a batch.
func (l *Log) Write() error {
	if len(l.lines) == 0 {
		return nil
	}
	_, err := l.file.Write(l.lines)
	l.lines = l.lines[:0]
	return err
}

// Close writes what is left, and closes the file.
func (l *Log) Close() error {
	if err := l.Write(); err != nil {
		l.file.Close() // the other error tells
		return err
	}
	return l.file.Close()
}
