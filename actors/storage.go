package actors

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
)

// Between trials of a disk that has failed.
const (
	firstTrial = 100 * time.Millisecond
	lastTrial  = 5 * time.Second
)

var (
	// errStorage ends connections when the log cannot be written.
	errStorage = errors.New("the host cannot write its log")
	// errRestarted is why a restarted access log takes stock.
	errRestarted = errors.New("the actor was restarted; what was not durable will come again")
)

// Storage returns why the access log cannot be written, or nil. While it
// cannot, the host takes no messages (DESIGN 6): nothing may be promised that
// is not kept.
func (n *Node) Storage() error {
	if err := n.storage.Load(); err != nil {
		return *err
	}
	return nil
}

func (n *Node) setStorage(err error) {
	if err == nil {
		n.storage.Store(nil)
		return
	}
	n.storage.Store(&err)
}

// storageDetail says to a client why the log cannot be written, without the
// host's paths. It is empty where nothing can be said that the refusal itself does not
// say.
func storageDetail(err error) string {
	var errno syscall.Errno
	var path *fs.PathError
	switch {
	case errors.Is(err, disk.ErrNotRegular) && errors.As(err, &path):
		return fmt.Sprintf("%s is %v", filepath.Base(path.Path), path.Err)
	case errors.Is(err, disk.ErrLocked):
		return disk.ErrLocked.Error()
	case errors.As(err, &errno):
		return errno.Error()
	}
	return ""
}

// recoverLog makes the journal what the disk says, and sees whether as many
// bytes as could not be written last time can be written now: else each trial
// would take messages, and lose them.
func (a *AccessLog) recoverLog(failed int) (*journal.Recovery, error) {
	recovery, err := a.journal.Recover()
	if err == nil && failed > 0 {
		err = a.node.tryDisk(failed)
	}
	return recovery, err
}

func (n *Node) tryDisk(bytes int) error {
	path := filepath.Join(n.Ring().LogDir(n.Name()), ".trial")
	file, err := disk.Create(n.FS, path, os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, bytes))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close(), n.FS.Remove(path))
}

// SayRecovered tells the operator what was found in the log that is not as it
// should be.
func (n *Node) SayRecovered(r *journal.Recovery) {
	if r.NoDirSync != nil {
		n.Log.Warnf("this file system cannot sync directories: a crash of the machine may lose files that were just created or renamed: %v", r.NoDirSync)
	}
	if r.TornTail > 0 {
		n.Log.Warnf("the end of access.log was no whole record, and is cut off (bytes: %d)", r.TornTail)
	}
	if r.Missing > 0 {
		n.Log.Warnf("lines are missing, as a segment is not where it was; peers are asked for them (lines: %d)", r.Missing)
	}
	if r.Excused > 0 {
		n.Log.Warnf("lines are missing, and nobody is asked for them (lines: %d)", r.Excused)
	}
	for _, why := range r.Ignored {
		n.Log.WithError(why).Warn("a file in the log directory is left as it is")
	}
	for _, d := range r.Damaged {
		log := n.Log.WithField("file", d.Path)
		if d.SetAside != "" {
			log = log.WithField("original", d.SetAside)
		}
		log.Errorf("was damaged, cut off or removed; what is good of it is kept (records: %d), and peers are asked for the rest", d.Records)
	}
	if r.Salvaged > 0 {
		n.Log.Infof("what was good of damaged segments is in the log again (records: %d)", r.Salvaged)
	}
	if r.Waiting > 0 {
		n.Log.Warnf("good records wait in damaged/*.rest for others before them; number of runs: %d", r.Waiting)
	}
}
