package supervisor_test

import (
	"net"
	"net/netip"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/ringtest"
	"xlattice.org/zog/supervisor"
)

// A host that stops answers what it has logged, with the copies that there
// are, and does not wait for more.
func TestAStoppingHostAnswersWhoWaitsForCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		time.Sleep(time.Second)
		w := r.client()
		w.patience = time.Minute
		w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("x\r\n"), MinCopies: 2, TimeoutMS: 20_000}))
		time.Sleep(time.Second)
		stopped := make(chan error)
		go func() { stopped <- r.hosts[0].TryStop() }()
		if f, err := w.try(); err != nil || f.Kind != frame.OkKind || f.Ok.Copies != 1 {
			t.Errorf("answered by %+v, %v", f.Ok, err)
		}
		w.conn.Close()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

// busyBox pretends, while Logged is received, that something waits behind it:
// then an actor puts off what it writes.
type busyBox struct {
	actor.Mailbox
	logged bool
}

type busyInvoker struct {
	actor.MessageInvoker
	box *busyBox
}

func (b *busyBox) RegisterHandlers(i actor.MessageInvoker, d actor.Dispatcher) {
	b.Mailbox.RegisterHandlers(&busyInvoker{i, b}, d)
}

func (b *busyBox) UserMessageCount() int {
	if b.logged {
		return 1
	}
	return b.Mailbox.UserMessageCount()
}

func (i *busyInvoker) InvokeUserMessage(m any) {
	_, i.box.logged = m.(*messages.Logged)
	i.MessageInvoker.InvokeUserMessage(m)
}

// A host that stops writes its answers before it closes its side.
func TestAStoppingHostWritesItsAnswers(t *testing.T) {
	ring := config.Loopback(1)
	ring.Log.Dir = filepath.Join(t.TempDir(), "{name}")
	ring.Ports = config.Ports{Peer: freePort(t), Client: freePort(t)}
	syncing := make(chan struct{}, 16)
	h, err := supervisor.Start(supervisor.Options{Ring: ring, Seams: actors.Seams{
		FS:      tellingDisk{syncing: syncing, pause: 300 * time.Millisecond},
		Mailbox: func() actor.Mailbox { return &busyBox{Mailbox: actor.Unbounded()()} },
	}})
	if err != nil {
		t.Fatal(err)
	}
	for len(syncing) > 0 {
		<-syncing // at the start
	}
	conn, err := net.Dial("tcp", netip.AddrPortFrom(ring.Hosts[0].Address, ring.Ports.Client).String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	w := &wire{t: t, conn: conn, patience: 10 * time.Second}
	w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("last words\r\n")}))
	<-syncing // the message is on its way to the disk
	stopped := make(chan error)
	go func() { stopped <- h.Stop(10 * time.Second) }()
	if f, err := w.try(); err != nil || f.Ok.ID != 1 {
		t.Errorf("logged, and answered by %+v, %v", f.Ok, err)
	}
	conn.Close()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// tellingDisk tells of each sync, and then takes its time over it.
type tellingDisk struct {
	disk.OS
	syncing chan struct{}
	pause   time.Duration
}

type tellingFile struct {
	disk.File
	disk tellingDisk
}

func (d tellingDisk) OpenFile(name string, flag int) (disk.File, error) {
	f, err := d.OS.OpenFile(name, flag)
	return tellingFile{f, d}, err
}

func (f tellingFile) Sync() error {
	f.disk.syncing <- struct{}{}
	time.Sleep(f.disk.pause)
	return f.File.Sync()
}

// With `fsync: interval` the alarm for the sync may stand behind a message in
// the access log's mailbox: the message is logged all the same.
func TestASyncThatIsDueHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File("log: {fsync: interval, fsync_interval: 1s}"))
		text := func(id uint64) []byte { return frame.AppendData(nil, &frame.Data{ID: id, Text: []byte("x\r\n")}) }
		a, b := r.client(), r.client()
		a.write(text(1)) // arms the alarm, for 1 s
		a.read()
		time.Sleep(900 * time.Millisecond)
		r.hosts[0].Disk().Slow(300*time.Millisecond, ringtest.Every("write"))
		a.write(text(2)) // is being written from 0.9 s to 1.2 s
		time.Sleep(50 * time.Millisecond)
		b.write(text(1)) // waits, and behind it the alarm
		if f := b.read(); f.Kind != frame.OkKind {
			t.Errorf("answered by %+v", f)
		}
	})
}
