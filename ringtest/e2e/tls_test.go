package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/config"
)

// The five commands of docs/operations.md that lead from an empty directory to a ring with TLS on all
// connections. The addresses and ports that the first one writes are replaced by free ones.
func TestFromNothingToTLS(t *testing.T) {
	const starting = "for host in MV PA G LA S; do zog run --name $host & done"
	dir := t.TempDir()
	r := &ring{Ring: freeRing(t, 5), t: t, file: filepath.Join(dir, "zog.yaml"), hosts: make([]*process, 5)}
	r.Log.Dir = filepath.Join(dir, "logs", "{name}")
	shell := func(command string) string {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+programs+":"+os.Getenv("PATH"), "ZOG_CONFIG=", "HOME="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", command, err, out)
		}
		return string(out)
	}
	commands := fiveCommands(t)
	for i, command := range commands {
		if i == 0 {
			shell(command)
			r.readdress(config.Loopback(5))
			continue
		}
		if command != starting {
			shell(command)
			continue
		}
		for n, h := range r.Hosts {
			r.hosts[n] = spawnAs(t, func(cmd *exec.Cmd) { cmd.Dir = dir }, "zog", "run", "--name", h.Name)
		}
		for n, p := range r.hosts {
			await(t, r.Hosts[n].Name+" takes messages", func() bool { return p.says("taking messages") > 0 })
		}
		r.awaitLinks()
	}
	r.awaitLines(1, 0, 1, 2, 3, 4)
	r.requireSettled(1, 0, 1, 2, 3, 4)

	environment, _, _ := strings.Cut(commands[4], "sprog")
	if said := shell(environment + "zog verify --ring"); said != "5/5 identical: 1 message in 1 run, MV PA G LA S\n" {
		t.Errorf("zog verify says %q", said)
	}
	if said := shell(environment + "zog tls check --ring"); strings.Count(said, "  ok  ") != 5 {
		t.Errorf("zog tls check says %q", said)
	}
	plain := spawn(t, nil, "sprog", "send", "--timeout", "200ms", "-p", fmt.Sprint(r.Ports.Client), "-s", r.Hosts[0].Address.String(), "plain text")
	if code := plain.exit(t, patience); code != 4 || !strings.Contains(plain.stderr.String(), "the host takes only TLS") {
		t.Errorf("plain text: exit code %d: %s", code, plain.stderr.String())
	}
}

// fiveCommands returns the commands of docs/operations.md, without their comments.
func fiveCommands(t *testing.T) (commands []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "\nFive commands lead from an empty directory to")
	_, rest, _ = strings.Cut(rest, "\n\n")
	block, _, _ := strings.Cut(rest, "\n\n")
	comment := regexp.MustCompile(`\s+# .*`)
	for line := range strings.Lines(block) {
		commands = append(commands, strings.TrimSpace(comment.ReplaceAllString(line, "")))
	}
	if len(commands) != 5 {
		t.Fatalf("docs/operations.md has the commands %q, want five", commands)
	}
	return commands
}

// readdress replaces the addresses and the ports in the ring file.
func (r *ring) readdress(old *config.Ring) {
	r.t.Helper()
	text, err := os.ReadFile(r.file)
	r.must(err)
	swap := []string{
		fmt.Sprint("peer: ", old.Ports.Peer), fmt.Sprint("peer: ", r.Ports.Peer),
		fmt.Sprint("client: ", old.Ports.Client), fmt.Sprint("client: ", r.Ports.Client),
	}
	for i, h := range old.Hosts {
		swap = append(swap, h.Address.String()+"}", r.Hosts[i].Address.String()+"}")
	}
	r.must(os.WriteFile(r.file, []byte(strings.NewReplacer(swap...).Replace(string(text))), 0o600))
}

// A ring moves from off to accept to require by SIGHUP, host by host, while clients send 200 messages a
// second to all hosts: first in plain text, then with TLS. They see no error, and all logs have each message.
func TestMoveToTLS(t *testing.T) {
	r := newRing(t)
	tool := spawn(t, nil, "zog", "tls", "init", "--config", r.file)
	if code := tool.exit(t, patience); code != 0 {
		t.Fatalf("zog tls init: exit code %d", code)
	}
	for i := range r.hosts {
		r.start(i)
	}
	r.awaitLinks()
	plain := r.startSteady("plain", nil)
	plain.awaitMore(40)
	r.moveTo(config.TLSAccept, plain)

	certs := filepath.Join(filepath.Dir(r.file), "tls")
	own := t.TempDir()
	for from, to := range map[string]string{"ca.crt": "ca.crt", "clients/admin.crt": "client.crt", "clients/admin.key": "client.key"} {
		data, err := os.ReadFile(filepath.Join(certs, from))
		r.must(err)
		r.must(os.WriteFile(filepath.Join(own, to), data, 0o600))
	}
	cfg, err := client.LoadTLS(own)
	r.must(err)
	protected := r.startSteady("protected", cfg)
	protected.awaitMore(40)
	acknowledged := plain.stop()
	r.moveTo(config.TLSRequire, protected)
	for i, p := range r.hosts {
		await(t, r.Hosts[i].Name+" has dialled each peer again, with TLS", func() bool { return p.says("peer is up") >= 2*(len(r.hosts)-1) })
	}
	protected.awaitMore(50)
	acknowledged = slices.Concat(acknowledged, protected.stop())

	r.awaitLines(len(acknowledged), 0, 1, 2, 3, 4)
	r.requireSettled(len(acknowledged), 0, 1, 2, 3, 4)
	r.requireAll("the log of MV", acknowledged, r.access(0))
	for i := range r.hosts {
		if p := r.terminate(i); p.says("ring file reloaded") != 2 || p.count(t, "refused") != 0 {
			t.Errorf("%s: it has refused messages, or not reloaded", r.Hosts[i].Name)
		}
	}
}

// moveTo changes tls.mode, host by host, while a client sends.
func (r *ring) moveTo(mode config.TLSMode, l *load) {
	r.t.Helper()
	r.TLS.Mode = mode
	r.write()
	for i := range r.hosts {
		r.hangup(i)
		l.awaitMore(40)
	}
}

// startSteady starts a client of all hosts in turn that sends 200 messages a second, and must see no error.
func (r *ring) startSteady(name string, cfg *tls.Config) *load {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	l := &load{t: r.t, cancel: cancel}
	var hosts []string
	for _, h := range r.Hosts {
		hosts = append(hosts, netip.AddrPortFrom(h.Address, r.Ports.Client).String())
	}
	c, err := client.New(client.Config{Hosts: hosts, TLS: cfg})
	r.must(err)
	l.done.Go(func() {
		defer c.Close()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			text := fmt.Sprint(name, ", message ", n)
			// What has been begun is ended: a message that is cut off may be kept or not.
			_, err := c.Send(r.t.Context(), text)
			if err != nil {
				r.t.Errorf("%s: %v", text, err)
				return
			}
			l.report(client.Result{Text: text})
		}
	})
	r.t.Cleanup(func() { l.stop() })
	return l
}
