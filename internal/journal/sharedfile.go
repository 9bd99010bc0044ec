package journal

import (
	"os"
	"sync"

	"xlattice.org/zog/internal/disk"
)

// sharedFiles are the segments that readers have open. Each is open once, however many
// read it: most followers read the newest one. The zero value has none.
type sharedFiles struct {
	mu sync.Mutex
	of map[*segment]*sharedFile
}

// sharedFile is an open segment. It is read at offsets only, so that readers do not get
// into each other's way.
type sharedFile struct {
	disk.File
	readers int // sharedFiles.mu guards it
}

// open returns the file of a segment for one more reader. The caller holds the journal's
// mu, so that the path does not change.
func (o *sharedFiles) open(fsys disk.FS, s *segment) (*sharedFile, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f := o.of[s]; f != nil {
		f.readers++
		return f, nil
	}
	file, err := fsys.OpenFile(s.path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	if o.of == nil {
		o.of = make(map[*segment]*sharedFile)
	}
	f := &sharedFile{File: file, readers: 1}
	o.of[s] = f
	return f, nil
}

// release closes the file with its last reader.
func (o *sharedFiles) release(s *segment, f *sharedFile) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f.readers--; f.readers > 0 {
		return nil
	}
	delete(o.of, s)
	return f.Close()
}
