package trial

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"xlattice.org/zog/bench/clock"
	"xlattice.org/zog/bench/texts"
)

// watcher notes when lines appear in the logs of all hosts. The kernel tells it which
// file was written to (inotify), so that it waits without looking.
type watcher struct {
	inotify int
	files   map[int32]*watched // by watch descriptor
	form    texts.Form
	first   int          // number of the first text that is noted
	last    []clock.Time // by text: when it was seen last
	hosts   []int        // by text: in how many logs
	buf     []byte
	open    int // lines that have not been seen
}

// watched is the log of one host, read up to somewhere.
type watched struct {
	file *os.File
	rest []byte // the beginning of a line
}

// newWatcher watches for the texts from first on, of the one client.
func newWatcher(l *logs, size, first, count int) (w *watcher, err error) {
	w = &watcher{
		files: map[int32]*watched{}, form: texts.NewForm(size), first: first,
		last: make([]clock.Time, count), hosts: make([]int, count), open: count * l.hosts,
		buf: make([]byte, 64<<10),
	}
	if w.inotify, err = unix.InotifyInit1(unix.IN_CLOEXEC); err != nil {
		return nil, fmt.Errorf("inotify: %w", err)
	}
	for host := range l.hosts {
		if err := w.add(l.cluster.Logs(host)); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// add watches a host's log, from its end on. It must not begin a new file meanwhile.
func (w *watcher) add(files []string) error {
	f, err := os.Open(files[len(files)-1])
	if err != nil {
		return err
	}
	id, err := unix.InotifyAddWatch(w.inotify, f.Name(), unix.IN_MODIFY)
	if err == nil {
		_, err = f.Seek(0, 2)
	}
	if err != nil {
		f.Close()
		return err
	}
	w.files[int32(id)] = &watched{file: f}
	return nil
}

func (w *watcher) close() {
	for _, f := range w.files {
		f.file.Close() // it was only read
	}
	_ = unix.Close(w.inotify)
}

// lookAtContext is how often the watcher sees whether it is to end, in milliseconds.
const lookAtContext = 100

// run returns when all lines were seen.
func (w *watcher) run(ctx context.Context) error {
	events := make([]byte, 64<<10)
	fds := []unix.PollFd{{Fd: int32(w.inotify), Events: unix.POLLIN}}
	for w.open > 0 {
		if ctx.Err() != nil {
			return fmt.Errorf("%d lines were not seen: %w", w.open, context.Cause(ctx))
		}
		n, err := unix.Poll(fds, lookAtContext)
		if n <= 0 {
			if err != nil && !errors.Is(err, unix.EINTR) {
				return err
			}
			continue
		}
		if n, err = unix.Read(w.inotify, events); err != nil {
			return err
		}
		if err := w.changed(events[:n]); err != nil {
			return err
		}
	}
	return nil
}

// changed reads what is new in the files that events name.
func (w *watcher) changed(events []byte) error {
	for len(events) > 0 {
		// An event is, in four bytes each: the watch, what happened, a cookie, and the
		// length of the name behind it.
		id, mask := int32(binary.NativeEndian.Uint32(events)), binary.NativeEndian.Uint32(events[4:])
		events = events[unix.SizeofInotifyEvent+binary.NativeEndian.Uint32(events[12:]):]
		f := w.files[id]
		if mask&unix.IN_Q_OVERFLOW != 0 || f == nil {
			return errors.New("the kernel has lost track of the logs")
		}
		if err := w.read(f); err != nil {
			return err
		}
	}
	return nil
}

// read notes the lines that are new in a file.
func (w *watcher) read(f *watched) error {
	for {
		n, err := f.file.Read(w.buf)
		if n == 0 {
			return nil // the end, or an error that comes again
		}
		if err != nil {
			return err
		}
		if err := w.note(f, w.buf[:n], clock.Now()); err != nil {
			return err
		}
	}
}

// note takes new bytes of a file.
func (w *watcher) note(f *watched, fresh []byte, now clock.Time) error {
	all := append(f.rest, fresh...)
	for {
		line, rest, whole := bytes.Cut(all, []byte("\n"))
		if !whole {
			f.rest = append([]byte(nil), all...)
			return nil
		}
		all = rest
		_, number, ok := w.form.Parse(bytes.TrimSuffix(line, []byte("\r")))
		i := number - w.first
		if !ok || i < 0 || i >= len(w.last) {
			return fmt.Errorf("a line that was not expected: %q", line)
		}
		w.last[i] = max(w.last[i], now)
		w.hosts[i]++
		w.open--
	}
}
