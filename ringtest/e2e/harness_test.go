package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/config"
)

// ring is a ring of real processes.
type ring struct {
	*config.Ring
	t     *testing.T
	file  string
	hosts []*process // nil where none runs
}

// startRing starts five daemons, and returns when each has a link to each.
func startRing(t *testing.T) *ring {
	t.Helper()
	r := newRing(t)
	for i := range r.Hosts {
		r.start(i)
	}
	r.awaitLinks()
	return r
}

// newRing returns a ring of which nothing runs yet, its file written.
func newRing(t *testing.T) *ring {
	t.Helper()
	r := &ring{Ring: freeRing(t, 5), t: t, hosts: make([]*process, 5)}
	dir := t.TempDir()
	r.Log.Dir = filepath.Join(dir, "{name}")
	r.file = filepath.Join(dir, "zog.yaml")
	r.write()
	return r
}

// write writes the ring file.
func (r *ring) write() {
	r.t.Helper()
	if err := os.WriteFile(r.file, r.YAML(), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// start starts host i, and returns when it takes messages.
func (r *ring) start(i int, args ...string) {
	r.t.Helper()
	p := spawn(r.t, nil, "zog", append([]string{"run", "--config", r.file, "--name", r.Hosts[i].Name}, args...)...)
	r.hosts[i] = p
	await(r.t, r.Hosts[i].Name+" takes messages", func() bool { return p.says("taking messages") > 0 })
}

// awaitLinks waits until all hosts that run have links to one another.
func (r *ring) awaitLinks() {
	r.t.Helper()
	for i, p := range r.hosts {
		await(r.t, r.Hosts[i].Name+" has all its links", func() bool { return p.says("peer is up") >= len(r.hosts)-1 })
	}
}

// says counts the diagnostics with this message.
func (p *process) says(message string) int {
	return strings.Count(p.stderr.String(), `msg="`+message+`"`)
}

// kill ends host i with SIGKILL.
func (r *ring) kill(i int) {
	r.t.Helper()
	r.hosts[i].signal(r.t, os.Kill)
	<-r.hosts[i].ended
	r.hosts[i] = nil
}

// terminate ends host i with SIGTERM, and requires that it ends well.
func (r *ring) terminate(i int) *process {
	r.t.Helper()
	p := r.hosts[i]
	p.signal(r.t, syscall.SIGTERM)
	if code := p.exit(r.t, stopWithin); code != 0 {
		r.t.Errorf("%s: exit code %d", r.Hosts[i].Name, code)
	}
	r.hosts[i] = nil
	return p
}

// stopWithin is how long a daemon may take to stop.
const stopWithin = 10 * time.Second

// path returns the path of a file in the log directory of host i.
func (r *ring) path(i int, name string) string {
	return filepath.Join(r.LogDir(r.Hosts[i].Name), name)
}

// access returns the lines of host i's access log, older segments first.
func (r *ring) access(i int) []string {
	r.t.Helper()
	var all []string
	for n := 1; r.exists(i, segment(n)); n++ {
		all = append(all, r.lines(r.path(i, segment(n)))...)
	}
	return append(all, r.lines(r.path(i, "access.log"))...)
}

// segment returns the name of a segment that is no longer written to.
func segment(n int) string { return fmt.Sprint("access.log.", n) }

func (r *ring) exists(i int, name string) bool {
	_, err := os.Stat(r.path(i, name))
	return err == nil
}

// lines returns the whole lines of a file, with their ends; none if there is no
// file. What is being written now is not counted yet.
func (r *ring) lines(path string) []string {
	r.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	var all []string
	for line := range bytes.Lines(data) {
		if bytes.HasSuffix(line, []byte("\n")) {
			all = append(all, string(line))
		}
	}
	return all
}

// awaitLines waits until the logs of some hosts have so many lines.
func (r *ring) awaitLines(want int, hosts ...int) {
	r.t.Helper()
	for _, i := range hosts {
		await(r.t, r.Hosts[i].Name+"'s log is complete", func() bool { return len(r.access(i)) >= want })
	}
}
