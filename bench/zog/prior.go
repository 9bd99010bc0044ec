package zog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// Prior is a directory with a log that each host is to have already when it starts;
// none if it is empty. [WritePrior] makes one.
var Prior string

// WritePrior writes a log of about so many bytes into a directory, as a host has it
// that took as many messages of 48 bytes. It returns how many those are.
func WritePrior(dir string, bytes int64) (messages int, err error) {
	j, _, err := journal.Open(journal.Config{
		FS: disk.OS{}, Dir: dir, Now: time.Now, SegmentBytes: config.Loopback(1).Log.SegmentBytes,
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	var f record.Formatter
	r := record.Record{
		Origin: config.Loopback(1).Hosts[0].Name, Boot: 1 << 39, Time: time.Now().Unix(),
		Text: []byte(strings.Repeat("p", 46) + "\r\n"),
	}
	run := marks.Run{Origin: r.Origin, Boot: r.Boot}
	const batch = 10_000
	lines := []byte(nil)
	for written := int64(0); written < bytes; written += int64(len(lines)) {
		lines = lines[:0]
		for range batch {
			r.Seq++
			if _, took := j.Offer(run, r.Seq, 1); took != 1 {
				return 0, fmt.Errorf("message %d is not the next", r.Seq)
			}
			lines = f.Append(lines, &r)
		}
		if _, err := j.Append(lines, r.Seq); err != nil {
			return 0, err
		}
	}
	return int(r.Seq), nil
}

// linkPrior gives each host the log of Prior. What is sealed is linked, so that it is
// on the disk once only; what hosts write to is copied.
func linkPrior(ring *config.Ring) error {
	if Prior == "" {
		return nil
	}
	entries, err := os.ReadDir(Prior)
	if err != nil {
		return err
	}
	for _, h := range ring.Hosts {
		dir := ring.LogDir(h.Name)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
		for _, e := range entries {
			if err := give(filepath.Join(Prior, e.Name()), filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func give(from, to string) error {
	number, sealed := logname.ParseSegment(filepath.Base(from))
	if sealed && number > 0 {
		return os.Link(from, to)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o640)
}
