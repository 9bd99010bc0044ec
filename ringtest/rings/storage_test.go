package rings_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// ask hands a text to host i on a connection of its own, and returns the
// answer; false if the connection was closed instead.
func (r *memoryRing) ask(i int, d frame.Data) (frame.Ok, bool) {
	r.t.Helper()
	conn, err := r.dial(i)
	if err != nil {
		r.t.Error(err)
		return frame.Ok{}, false
	}
	defer conn.Close()
	d.ID = 1
	go conn.Write(frame.AppendData(nil, &d))
	buf := []byte(nil)
	f, err := readFrame(conn, &buf, frame.ClientLimit)
	for err == nil && isSign(f) {
		f, err = readFrame(conn, &buf, frame.ClientLimit)
	}
	if errors.As(err, new(frame.Malformed)) || err == nil && f.Kind != frame.OkKind {
		r.t.Errorf("answered by %+v, %v", f, err)
	}
	return f.Ok, err == nil && f.Kind == frame.OkKind
}

// askUntilRefused sends until host i refuses, or closes a connection and then
// refuses, and returns the refusal and the texts that were acknowledged.
func (r *memoryRing) askUntilRefused(i, most int) (refusal frame.Ok, kept []string) {
	r.t.Helper()
	for n := range most {
		text := fmt.Sprintf("text %d %s", n, strings.Repeat("x", 400))
		ok, answered := r.ask(i, frame.Data{Text: []byte(text + "\r\n")})
		switch {
		case answered && ok.Refusal != 0:
			return ok, kept
		case answered:
			kept = append(kept, text)
		}
	}
	r.t.Fatalf("host %d refuses nothing", i)
	return
}

// requireKept fails unless all hosts agree and have the texts.
func (r *memoryRing) requireKept(texts []string, hosts ...int) {
	r.t.Helper()
	for _, text := range lacking(r.requireEqual(hosts...), texts) {
		r.t.Errorf("%.40q was acknowledged and is lost", text)
	}
}

// lacking returns the texts that are in none of the lines.
func lacking(lines, texts []string) (lost []string) {
	logged := strings.Join(lines, "")
	for _, text := range texts {
		if !strings.Contains(logged, " "+text+"\r\n") {
			lost = append(lost, text)
		}
	}
	return lost
}

// A host whose disk is in trouble refuses messages and says why. The others go
// on, and when the trouble is over it goes on too, without a restart, and gets
// what it has missed (I7, I8).
func TestADiskInTrouble(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		begin  func(d *ringtest.Disk) *ringtest.Fault
		detail string
	}{
		"full": {func(d *ringtest.Disk) *ringtest.Fault {
			return d.Fill(60 << 10)
		}, "no space left on device"},
		"fails in the middle of a write": {func(d *ringtest.Disk) *ringtest.Fault {
			return d.ShortWrite(17, ringtest.When{Skip: 5})
		}, "no space left on device"},
		"fails to write": {func(d *ringtest.Disk) *ringtest.Fault {
			return d.Fail(nil, ringtest.When{Of: "write", Skip: 5})
		}, "input/output error"},
		"fails to sync": {func(d *ringtest.Disk) *ringtest.Fault {
			return d.FailSync(ringtest.When{Skip: 5})
		}, "input/output error"},
		"fails at all": {func(d *ringtest.Disk) *ringtest.Fault {
			return d.Fail(nil, ringtest.When{Skip: 50})
		}, "input/output error"},
		"is made read-only": {func(d *ringtest.Disk) *ringtest.Fault {
			return d.Fail(syscall.EROFS, ringtest.When{Of: "change", Skip: 20})
		}, "read-only file system"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3)
				time.Sleep(2 * time.Second)
				trouble := tt.begin(r.hosts[0].Disk())
				refusal, kept := r.askUntilRefused(0, 300)
				if refusal.Refusal != pzog.Refusal_STORAGE || !strings.HasSuffix(refusal.Detail, tt.detail) {
					t.Errorf("refused by %v, %q", refusal.Refusal, refusal.Detail)
				}
				if r.hosts[0].Ready() == nil {
					t.Error("the host says that it is ready")
				}
				r.send(1, "the others go on")
				time.Sleep(time.Minute)
				r.requireKept(append(kept, "the others go on"), 1, 2)
				if r.hosts[0].Failed() {
					t.Fatal("the host has failed for good")
				}
				trouble.Heal()
				time.Sleep(30 * time.Second)
				if err := r.hosts[0].Ready(); err != nil {
					t.Fatalf("the trouble is over, and the host is not ready: %v", err)
				}
				r.send(0, "and so does this one")
				time.Sleep(10 * time.Second)
				r.requireKept(append(kept, "the others go on", "and so does this one"), 0, 1, 2)
				if n := r.Said("not ready"); n != 1 {
					t.Errorf("that it is not ready is said %d times", n)
				}
			})
		})
	}
}

// A sync that fails once may have lost what was written, whatever the next one
// says. No Ok stands for that, and a power cut shows it (I1).
func TestAfterAFailedSyncNothingIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		var kept []string
		for round := range 20 {
			r.hosts[0].Disk().FailSync(ringtest.Nth(1+round%3, ""))
			for n := range 5 {
				text := fmt.Sprint("round ", round, " text ", n)
				if ok, answered := r.ask(0, frame.Data{Text: []byte(text + "\r\n")}); answered && ok.Refusal == 0 {
					kept = append(kept, text)
				}
			}
			time.Sleep(time.Second)
		}
		if len(kept) < 20 {
			t.Errorf("only %d texts are acknowledged", len(kept))
		}
		r.hosts[0].PowerCut()
		r.start(0)
		r.requireKept(kept, 0)
	})
}

// A sync that hangs delays those who wait for it, and nobody else (I7).
func TestASyncThatHangsHurtsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		hang := r.hosts[0].Disk().Hang("sync")
		answered := make(chan bool, 1)
		go func() {
			_, ok := r.ask(0, frame.Data{Text: []byte("hangs\r\n")})
			answered <- ok
		}()
		time.Sleep(time.Second)
		begun := time.Now()
		for n := range 20 {
			r.send(1, fmt.Sprint("goes on ", n))
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("20 messages to another host took %v", took)
		}
		time.Sleep(30 * time.Second)
		r.requireSame(21, 1, 2)
		select {
		case <-answered:
			t.Error("an answer came before the sync")
		default:
		}
		hang.Heal()
		if !<-answered {
			t.Error("no answer when the sync had come back")
		}
		time.Sleep(10 * time.Second)
		r.requireSame(21, 0, 1, 2)
	})
}

// error.log is worth less than the messages: its trouble stops nobody, and is
// said once.
func TestErrorLogInTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		file := r.hosts[0].Disk().Only("error.log")
		file.Fail(syscall.ENOSPC, ringtest.Every("create"))
		file.Fail(syscall.ENOSPC, ringtest.Every("write"))
		r.startAll()
		refused := func() {
			if ok, answered := r.ask(0, frame.Data{Text: []byte("no end")}); !answered || ok.Refusal != pzog.Refusal_NO_CRLF {
				t.Errorf("answered by %+v", ok)
			}
			time.Sleep(time.Second)
		}
		for range 10 {
			refused()
			r.send(0, "a message")
		}
		if err := r.hosts[0].Ready(); err != nil {
			t.Errorf("the host is not ready: %v", err)
		}
		r.Heal()
		refused()
		refused()
		if n := r.Said("error.log cannot be written"); n != 1 {
			t.Errorf("the trouble is said %d times", n)
		}
		if r.Said("lines dropped: 10") == 0 {
			t.Error("that lines were dropped is not said")
		}
		if n := strings.Count(r.file(0, "error.log"), "\n"); n != 2 {
			t.Errorf("%d lines in error.log, want the last two", n)
		}
		r.requireSame(10, 0)
	})
}

// Where access.log alone cannot be written, a trial with another file says that
// all is well. Messages are refused all the same, and not taken, lost and sent
// again, one after the other (I8).
func TestOnlyTheAccessLogCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2)
		time.Sleep(2 * time.Second)
		r.send(0, "before")
		trouble := r.hosts[0].Disk().Only("access.log").Fail(syscall.EFBIG, ringtest.Every("write"))
		refused := 0
		for n := range 60 {
			ok, answered := r.ask(0, frame.Data{Text: []byte("again and again\r\n"), Session: 9, Number: 1})
			if answered && ok.Refusal == pzog.Refusal_STORAGE {
				refused++
			} else if answered {
				t.Fatalf("try %d is answered by %+v", n, ok)
			}
			time.Sleep(time.Second)
		}
		if refused < 30 {
			t.Errorf("%d of 60 tries are refused, the others are cut off", refused)
		}
		if n := len(r.lines(1)); n > 25 {
			t.Errorf("the peer has %d lines of it", n)
		}
		trouble.Heal()
		time.Sleep(20 * time.Second)
		r.hangUp(0)
		r.send(0, "after")
		time.Sleep(5 * time.Second)
		r.requireEqual(0, 1)
	})
}
