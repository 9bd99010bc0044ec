package rings_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// many returns n Data frames from id on, alike but for the id.
func many(id uint64, n int, d frame.Data) (raw []byte) {
	for range n {
		d.ID = id
		raw, id = frame.AppendData(raw, &d), id+1
	}
	return raw
}

// waiting returns n Data frames that wait for a copy that does not come.
func waiting(n int) []byte {
	return many(1, n, frame.Data{MinCopies: 2, TimeoutMS: 3_600_000, Text: []byte(strings.Repeat("x", 300) + "\r\n")})
}

// flooders are n clients, each at an address of its own.
func (r *memoryRing) flooders(n int) (all []*wire) {
	r.t.Helper()
	for i := range n {
		all = append(all, r.dialPort(stranger(1+i), r.ring.Ports.Client))
	}
	return all
}

// push writes as much of raw as the host takes at once, and returns what is left of it.
func (w *wire) push(raw []byte) (rest []byte) {
	w.conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
	n, err := w.conn.Write(raw)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		w.t.Error(err)
	}
	return raw[n:]
}

// pushAll has each write as much as the host takes at once, and returns how much that is.
func pushAll(all []*wire, rest [][]byte) (taken int) {
	var writing sync.WaitGroup
	for i, w := range all {
		taken += len(rest[i])
		writing.Go(func() { rest[i] = w.push(rest[i]) })
	}
	writing.Wait()
	for i := range rest {
		taken -= len(rest[i])
	}
	return taken
}

// latencies sends n messages on a connection, one every pause, and returns how long the
// answers took, the longest last.
func (w *wire) latencies(n int, pause time.Duration) (took []time.Duration) {
	w.t.Helper()
	w.patience = time.Minute
	for id := range uint64(n) {
		begun := time.Now()
		w.write(frame.AppendData(nil, &frame.Data{ID: id + 1, Text: fmt.Appendf(nil, "honest %d\r\n", id)}))
		f, err := w.answer()
		if err != nil || f.Kind != frame.OkKind || f.Ok.ID != id+1 || f.Ok.Refusal != 0 {
			w.t.Fatalf("answered by %+v, %v", f, err)
		}
		took = append(took, time.Since(begun))
		time.Sleep(pause)
	}
	slices.Sort(took)
	return took
}

// All that is held for clients is within one budget (I6): messages that wait for copies,
// of clients at many addresses. The rest is not read. Who holds little is served
// beside them, and a budget that is reloaded holds for all.
func TestLongWhatIsHeldForClientsIsWithinABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients, budget, socket = 60, 1 << 20, 64 << 10
		r := newRing(t, 2, ringtest.File(fmt.Sprintf("limits: {client_memory: %d}", budget)))
		r.start(0)
		all, rest := r.flooders(clients), make([][]byte, clients)
		for i := range rest {
			rest[i] = waiting(1000)
		}
		taken := pushAll(all, rest) - clients*socket
		if taken > budget*3/2 {
			t.Errorf("%d bytes are taken of clients, the budget is %d", taken, budget)
		}
		if took := r.client().latencies(10, time.Millisecond); took[9] > 100*time.Millisecond {
			t.Errorf("one who sends little is answered after %v", took[9])
		}
		larger := *r.ring
		larger.Limits.ClientMemory = 4 * budget
		r.hosts[0].Daemon().Reload(&larger, nil)
		more := pushAll(all, rest)
		if more < budget || taken+more > budget*6 {
			t.Errorf("with a budget of %d another %d bytes are taken", larger.Limits.ClientMemory, more)
		}
		r.start(1)
		time.Sleep(3 * time.Second)
		if more := pushAll(all, rest); more == 0 {
			t.Error("once there are copies no more is taken")
		}
	})
}

// A survey whose ranges do not come to an end counts as what its client holds: others get
// less of the budget meanwhile, and all of it afterwards.
func TestUnfinishedSurveysAreWithinTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients, budget, socket = 30, 1 << 20, 64 << 10
		r := newRing(t, 2, ringtest.File(fmt.Sprintf("limits: {client_memory: %d}", budget)))
		r.start(0)
		question := &pzog.KeepAlive{Version: 1, Survey: true}
		for n := range uint64(4000) {
			question.Marks = append(question.Marks, &pzog.Mark{Origin: "MV", Boot: 7, First: n + 1, Seq: n + 1})
		}
		raw := frame.AppendKeepAlive(nil, question, frame.ClientLimit)
		for i := range 3 {
			r.dialPort(stranger(100+i), r.ring.Ports.Client).write(raw[:len(raw)-1])
		}
		time.Sleep(time.Second)
		all, rest := r.flooders(clients), make([][]byte, clients)
		for i := range rest {
			rest[i] = waiting(1000)
		}
		if taken := pushAll(all, rest) - clients*socket; taken > budget/3 {
			t.Errorf("beside surveys that take three quarters of %d, %d bytes are taken", budget, taken)
		}
		time.Sleep(10 * time.Second) // the surveys are given up
		if more := pushAll(all, rest); more < budget/4 {
			t.Errorf("once the surveys have ended, another %d bytes are taken", more)
		}
	})
}

// Clients that flood share what a host can do, and one that sends little waits for few
// syncs beside them, however many they are (I7).
func TestAClientBesideFloods(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sync = 5 * time.Millisecond
		r := newRing(t, 1, ringtest.SyncTakes(sync))
		r.start(0)
		honest := r.client()
		flood := many(1, 4000, frame.Data{Text: []byte(strings.Repeat("x", 300) + "\r\n")})
		for _, w := range r.flooders(20) {
			go w.readAll()
			go func() { _, _ = w.conn.Write(flood) }() // it is cut off at the end
		}
		time.Sleep(20 * time.Millisecond)
		took := honest.latencies(40, sync)
		if worst := took[len(took)-1]; worst > 6*sync {
			t.Errorf("an answer took up to %v, with syncs of %v", worst, sync)
		}
		if n := r.hosts[0].Daemon().Counts().Taken.Load(); n < 40_000 {
			t.Errorf("the flood was %d messages", n)
		}
	})
}

// readAll reads until the connection ends.
func (w *wire) readAll() {
	for chunk := make([]byte, 64<<10); ; {
		if _, err := w.conn.Read(chunk); err != nil {
			return
		}
	}
}

// Clients that do not read their answers, refused texts among them, hold no more than
// the budget, and hold up nobody else, however large it is.
func TestClientsThatDoNotReadTheirAnswers(t *testing.T) {
	for _, budget := range []int{1 << 20, 16 << 20} {
		t.Run(fmt.Sprint(budget>>20, " MiB"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { doNotRead(t, budget) })
		})
	}
}

func doNotRead(t *testing.T, budget int) {
	const clients, socket = 20, 64 << 10
	r := newRing(t, 1, ringtest.File(fmt.Sprintf("limits: {client_memory: %d}", budget)))
	r.start(0)
	honest := r.client()
	all, rest := r.flooders(clients), make([][]byte, clients)
	for i := range rest {
		rest[i] = many(1, 60_000, frame.Data{Text: []byte("\a\r\n")})
	}
	var taken int
	var pushing sync.WaitGroup
	pushing.Go(func() { taken = pushAll(all, rest) - 2*clients*socket }) // answers are as long
	took := honest.latencies(40, 50*time.Millisecond)
	if worst := took[len(took)-1]; worst > 60*time.Millisecond {
		t.Errorf("an answer took up to %v", worst)
	}
	pushing.Wait()
	if taken > budget/8 { // a text that is refused costs more than its bytes
		t.Errorf("%d bytes are taken of clients that do not read, the budget is %d", taken, budget)
	}
}
