package main

import (
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

// devTLS is what the name of the directory of the logs gets for that with the certificates of zog dev. It is
// beside the logs, as DIR/* is the logs of all hosts; and not that of zog tls, as its files are overwritten when
// they do not fit the ring.
const devTLS = "-tls"

// protect lets a ring take only TLS. It makes certificates unless good ones are there. A client
// finds its own in the directory itself.
func (f *devFlags) protect(ring *config.Ring) error {
	s := (&tlsFlags{dir: f.tlsDir()}).at("")
	ring.TLS = config.TLS{
		Mode: config.TLSRequire, Client: config.TLSClientRequire,
		CA: s.caFile(), Cert: s.path(trust.Host, "{name}") + ".crt", Key: s.path(trust.Host, "{name}") + ".key",
	}
	if goodForDev(ring, s.dir, time.Now()) {
		return nil
	}
	ca, first, err := s.authority(ring, trust.DefaultLife, nil)
	if err != nil {
		return err
	}
	made, err := s.leaves(ring, ca, "dev", trust.DefaultLife)
	if err != nil {
		return err
	}
	client := made[len(made)-1]
	for i := range client.files {
		file := &client.files[i]
		file.Name = filepath.Join(s.dir, "client"+filepath.Ext(file.Name))
	}
	return write(append(made, first), true)
}

// goodForDev reports whether all hosts and the client have certificates that are good for a day.
func goodForDev(ring *config.Ring, dir string, now time.Time) bool {
	good := func(t *trust.Trust, err error) bool {
		return err == nil && t.Check(now.AddDate(0, 0, 1), trust.Want{}) == nil
	}
	for i := range ring.Hosts {
		if !good(loadTrust("", ring, i)) {
			return false
		}
	}
	return good(trust.Load(trust.FolderSettings(dir)))
}

// tlsDir returns the directory of the certificates.
func (f *devFlags) tlsDir() string { return filepath.Clean(f.dir) + devTLS }
