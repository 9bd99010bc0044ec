package journal_test

import (
	"errors"
	"testing"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
)

// counting is a disk that does something at the n-th read.
type counting struct {
	disk.FS
	reads int
	at    int
	do    func()
}

func (c *counting) OpenFile(name string, flag int) (disk.File, error) {
	file, err := c.FS.OpenFile(name, flag)
	if err != nil {
		return nil, err
	}
	return counted{file, c}, nil
}

type counted struct {
	disk.File
	disk *counting
}

func (c counted) ReadAt(b []byte, at int64) (int, error) {
	if c.disk.reads++; c.disk.reads == c.disk.at {
		c.disk.do()
	}
	return c.File.ReadAt(b, at)
}

// Open is cancelled at each of its reads: it ends with ErrCancelled and not with
// damage, leaves no lock, and the next one finds everything.
func TestOpenIsCancelled(t *testing.T) {
	k := open(t)
	k.mustLog(20)
	k.end()
	for _, name := range k.names(".index")[:3] {
		k.remove(name) // so this segment has to be read as a whole
	}
	cancelled := 0
	for at := 1; ; at++ {
		cancel := make(chan struct{})
		fsys := &counting{FS: k.disk, at: at, do: func() { close(cancel) }}
		cfg := k.cfg
		cfg.FS, cfg.Cancel = fsys, cancel
		j, _, err := journal.Open(cfg)
		if err == nil {
			if fsys.reads >= at {
				t.Errorf("cancelled at read %d of %d, it is opened", at, fsys.reads)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			break
		}
		if !errors.Is(err, journal.ErrCancelled) {
			t.Fatalf("cancelled at read %d: %v", at, err)
		}
		cancelled++
	}
	k.reopen()
	k.undamaged()
	if k.recovery.Records != 20 || k.recovery.TornTail != 0 {
		t.Errorf("%+v", k.recovery)
	}
	if cancelled < 10 {
		t.Errorf("it was cancelled %d times only", cancelled)
	}
}

// Once the journal is open, nothing of it is cancelled.
func TestAnOpenJournalIsNotCancelled(t *testing.T) {
	k := newHarness(t)
	cancel := make(chan struct{})
	k.cfg.Cancel = cancel
	k.begin()
	close(cancel)
	k.mustLog(5)
	if _, err := k.Recover(); err != nil {
		t.Fatal(err)
	}
	k.mustLog(1)
}
