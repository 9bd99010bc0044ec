package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// A symbolic link in the place of a log is named, and not followed: what is
// behind it is somebody else's.
func TestALinkInThePlaceOfTheLog(t *testing.T) {
	for _, name := range []string{"access.log", "access.log.1"} {
		t.Run(name, func(t *testing.T) {
			const precious = "what is in this file is somebody else's\n"
			r := newRing(t)
			r.must(os.MkdirAll(r.LogDir(r.Hosts[0].Name), 0o750))
			others := filepath.Join(t.TempDir(), "not ours")
			r.must(os.WriteFile(others, []byte(precious), 0o600))
			r.must(os.Symlink(others, r.path(0, name)))
			r.requireRefusal("a link", r.path(0, name))
			if now, err := os.ReadFile(others); err != nil || string(now) != precious {
				t.Errorf("the file behind the link is now %q, %v", now, err)
			}
		})
	}
}

// So it is while the daemon runs: it takes nothing until the link is gone.
func TestALinkThatComesLater(t *testing.T) {
	const precious = "what is in this file is somebody else's\n"
	r := newRing(t)
	r.start(0)
	kept := r.sendTo(0, 20)
	others := filepath.Join(t.TempDir(), "not ours")
	r.must(os.WriteFile(others, []byte(precious), 0o600))
	r.must(os.Rename(r.path(0, "access.log"), r.path(0, segment(1))))
	r.must(os.Symlink(others, r.path(0, "access.log")))
	r.hangup(0)
	await(t, "it takes nothing", func() bool {
		return r.hosts[0].says("not ready: messages are refused until access.log can be written") > 0
	})
	r.must(os.Remove(r.path(0, "access.log")))
	await(t, "it is ready again", func() bool { return r.hosts[0].says("ready again: access.log can be written") > 0 })
	kept = append(kept, r.sendTo(0, 20)...)
	r.requireAll("the log", kept, r.awaitEqual(len(kept), 0))
	if now, err := os.ReadFile(others); err != nil || string(now) != precious {
		t.Errorf("the file behind the link is now %q, %v", now, err)
	}
}
