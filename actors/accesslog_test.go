package actors

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
)

// A batch with a gap inside is not Logged. The messages before the gap are written at once, and do
// not wait for another batch.
func TestWhatStandsBeforeAGapIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w, recovery, err := journal.Open(journal.Config{FS: disk.OS{}, Dir: dir, Now: time.Now, SegmentBytes: 1 << 20, Sync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		node := testNode(t, 5, func(c *Config) { c.Journal, c.Durable = w.Journal, recovery.Marks })
		var b row.Builder
		b.Add(&row.Head{Run: marks.Run{Origin: "LA", Boot: 7}, Seq: 1}, []byte("x\r\n"))
		b.Add(&row.Head{Run: marks.Run{Origin: "S", Boot: 7}, Seq: 2}, []byte("x\r\n"))
		root := node.System.Root
		log := root.Spawn(NewAccessLog(node, w))
		root.Send(log, &messages.Append{Batch: &messages.PeerTaken{
			Entry: messages.Entry{Source: log, Rows: b.Take(), Position: 2},
		}})
		time.Sleep(time.Second)
		if got := node.ledger.Durable(marks.Run{Origin: "LA", Boot: 7}); got != 1 {
			t.Errorf("durable is %d, want 1", got)
		}
		lines, err := os.ReadFile(filepath.Join(dir, "access.log"))
		if want := "1970-01-01T00:00:00Z LA.7.1 x\r\n"; err != nil || string(lines) != want {
			t.Errorf("access.log holds %q, error %v; want %q", lines, err, want)
		}
		root.Stop(log)
		defer node.End()
		time.Sleep(2 * time.Second) // dead letters leave a goroutine for a moment
	})
}
