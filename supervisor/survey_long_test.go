package supervisor_test

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/messages/pzog"
)

// slowRead is a disk that takes its time to read, and counts how often.
type slowRead struct {
	slowDisk
	pause *atomic.Int64
	reads *atomic.Int64
}

type slowReadFile struct {
	disk.File
	slowRead
}

func (d slowRead) OpenFile(name string, flag int) (disk.File, error) {
	f, err := d.slowDisk.OpenFile(name, flag)
	if err != nil || flag != os.O_RDONLY {
		return f, err
	}
	return slowReadFile{f, d}, nil
}

func (f slowReadFile) ReadAt(b []byte, at int64) (int, error) {
	f.reads.Add(1)
	time.Sleep(time.Duration(f.pause.Load()))
	return f.File.ReadAt(b, at)
}

// slowRing is host 0 with so many texts in its log, and a disk that takes its
// time to read a piece of it.
func slowRing(t *testing.T, n int, pause time.Duration) (*memoryRing, slowRead) {
	t.Helper()
	r := newRing(t, 1)
	d := slowRead{slowDisk{FS: disk.OS{}}, new(atomic.Int64), new(atomic.Int64)}
	r.disk = d
	r.start(0)
	r.send(0, texts(strings.Repeat("a long text ", 30), n)...)
	d.pause.Store(int64(pause))
	return r, d
}

// ours asks for the marks, and returns the one there is.
func (w *wire) ours() *pzog.Mark {
	w.t.Helper()
	w.askSurvey()
	all := w.surveyed()
	if len(all) != 1 {
		w.t.Fatalf("the marks are %v", all)
	}
	return all[0]
}

// While a long log is read, all else goes on: messages are taken, others are
// told the marks, and the one who asks stays connected by signs of life.
func TestALongSurveyHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, d := slowRing(t, 6000, time.Minute) // some 2.4 MB, about 10 pieces
		sources := r.sources()
		begun := time.Now()
		asked := make(chan string)
		go func() {
			report := survey.Compare(r.t.Context(), sources, survey.Options{Holders: 1})
			asked <- strings.Join(report.Lines(), "\n")
		}()
		time.Sleep(90 * time.Second)
		sent := time.Now()
		r.send(0, texts("meanwhile", 10)...)
		w := r.client()
		w.ours()
		if took := time.Since(sent); took > time.Second {
			t.Errorf("others waited %v", took)
		}
		if got := <-asked; got != "sound: 6,000 messages in 1 run, MV" {
			t.Errorf("found %q", got)
		}
		if took := time.Since(begun); took < 6*time.Minute {
			t.Errorf("it took %v: the disk was not slow", took)
		}
		if d.reads.Load() < 6 {
			t.Errorf("%d reads", d.reads.Load())
		}
	})
}

// A client that has gone ends its survey, also one that waits for its turn, and
// the host's end ends all.
func TestASurveyEndsWithItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, d := slowRing(t, 6000, time.Minute)
		first, second, third := r.client(), r.client(), r.client()
		first.patience, third.patience = time.Hour, time.Hour
		mark := first.ours()
		first.askSurvey(mark)
		time.Sleep(time.Second)
		second.askSurvey(mark)
		time.Sleep(time.Second)
		third.askSurvey(&pzog.Mark{Origin: mark.Origin, Boot: mark.Boot, First: 1, Seq: 1})
		time.Sleep(time.Second)
		second.conn.Close()
		first.conn.Close()
		reads := d.reads.Load()
		begun := time.Now()
		if got := third.surveyed(); len(got) != 1 || len(got[0].Digest) == 0 {
			t.Errorf("answered by %v", got)
		}
		if took := time.Since(begun); took > 3*time.Minute {
			t.Errorf("the third waited %v for those that had gone", took)
		}
		if more := d.reads.Load() - reads; more > 2 {
			t.Errorf("the log was read %d times for those that had gone", more)
		}
		d.pause.Store(int64(500 * time.Millisecond))
		third.askSurvey(mark)
		time.Sleep(time.Second)
		begun = time.Now()
		r.stop(0)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("stopped after %v", took)
		}
	})
}
