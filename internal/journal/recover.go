package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// recover reads all segments, and leaves the journal ready to be written to.
func (j *Journal) recover() (*Recovery, error) {
	found, err := j.list()
	if err != nil {
		return nil, err
	}
	recovery := &Recovery{Segments: len(found)}
	for i, s := range found {
		if err := j.recoverSegment(s, i == len(found)-1, recovery); err != nil {
			return nil, err
		}
	}
	j.segments = found
	if j.file == nil {
		if err := j.begin(found); err != nil {
			return nil, err
		}
	}
	recovery.Marks = j.written.Clone()
	return recovery, nil
}

// recoverSegment reads one segment. The newest may have a torn tail, which is
// cut off; it need not be access.log, if that was just renamed.
func (j *Journal) recoverSegment(s *segment, newest bool, recovery *Recovery) error {
	file, err := j.cfg.FS.OpenFile(s.path, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	good, torn, records, err := j.scan(s.path, file, recovery)
	switch {
	case err != nil:
	case newest && torn > 0:
		err = errors.Join(file.Truncate(good), file.Sync())
	case newest:
		// The daemon may have ended between writing and syncing, and what
		// we found we shall say is durable.
		err = file.Sync()
	case torn > 0:
		err = fmt.Errorf("%s: %d bytes at the end are not records; only the newest segment may end so", s.path, torn)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	s.size = good
	recovery.Records += records
	recovery.TornTail = torn
	if s.number == 0 {
		j.file, j.size = file, good
		return nil
	}
	s.marks = j.written.Clone()
	return file.Close()
}

// scan reads the lines of one segment into j.written. It returns how many
// bytes at the start are good, how many behind these are a torn tail, and the
// number of records. Bad bytes with a good line behind them are an error: no
// crash leaves such.
func (j *Journal) scan(path string, file io.ReaderAt, recovery *Recovery) (good, torn int64, records uint64, err error) {
	before := j.written.Clone()
	lines := lineReader{file: file, limit: 1<<63 - 1, buf: make([]byte, readSize)}
	var parser record.Parser
	bad := ""
	for {
		line, ok, err := lines.next()
		if err != nil {
			return 0, 0, 0, fmt.Errorf("%s: %w", path, err)
		}
		if !ok {
			return good, lines.offset + int64(len(lines.rest())) - good, records, nil
		}
		rec, parseErr := parser.Parse(line)
		switch {
		case parseErr != nil && bad == "":
			bad = parseErr.Error()
		case parseErr != nil:
		case bad != "":
			return 0, 0, 0, fmt.Errorf("%s: damaged at byte %d: %s; move all segments away, and the peers fill the log again", path, good, bad)
		default:
			run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
			have := j.written.Seq(run)
			switch verdict := j.written.Offer(run, rec.Seq); {
			case verdict == marks.Next:
			case verdict == marks.Gap && have == before.Seq(run):
				// The lines between were in a file that somebody has taken
				// away. They were here once, and are not asked for again.
				j.written.Set(marks.Mark{Run: run, Seq: rec.Seq, First: rec.Seq})
				recovery.Missing += rec.Seq - 1 - have
			default:
				return 0, 0, 0, fmt.Errorf("%s: damaged at byte %d: record %d of %s after record %d; are the segments numbered in their order?",
					path, good, rec.Seq, rec.Origin, have)
			}
			good, records = lines.offset, records+1
		}
	}
}

// readSize is how many bytes are read from a segment at a time.
const readSize = 256 << 10

// lineReader reads the lines of a file up to a limit. Lines alias its buffer.
type lineReader struct {
	file   io.ReaderAt
	limit  int64 // bytes of the file that may be read
	offset int64 // of the first byte that was not handed out
	buf    []byte
	from   int // the unread part of buf is buf[from:to]
	to     int
}

func (l *lineReader) rest() []byte { return l.buf[l.from:l.to] }

// next returns the next line with its end. It is false when no whole line is
// left.
func (l *lineReader) next() (line []byte, ok bool, err error) {
	for {
		if line, ok := l.line(); ok {
			return line, true, nil
		}
		if more, err := l.fill(); err != nil || !more {
			return nil, false, err
		}
	}
}

// line returns the next line that is in the buffer. What fills the buffer and
// has no end is handed out as a line: no record is as long.
func (l *lineReader) line() ([]byte, bool) {
	n := bytes.IndexByte(l.rest(), '\n') + 1
	if n == 0 && len(l.rest()) == len(l.buf) {
		n = len(l.buf)
	}
	line := l.rest()[:n]
	l.from += n
	l.offset += int64(n)
	return line, n > 0
}

// fill moves the rest to the front and reads on behind it. Where there is
// nothing to read it leaves the buffer, and so the lines in it, alone.
func (l *lineReader) fill() (bool, error) {
	at := l.offset + int64(len(l.rest()))
	room := min(int64(len(l.buf)-len(l.rest())), l.limit-at)
	if room <= 0 {
		return false, nil
	}
	l.to = copy(l.buf, l.rest())
	l.from = 0
	n, err := l.file.ReadAt(l.buf[l.to:l.to+int(room)], at)
	l.to += n
	if err == io.EOF {
		err = nil
	}
	return n > 0, err
}
