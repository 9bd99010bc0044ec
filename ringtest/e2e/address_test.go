package e2e

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/config"
)

// Addresses for documentation (RFC 5737, RFC 3849). They exist only in the network
// namespaces that these tests make, from which no way leads out.
const (
	late4 = "192.0.2.7"
	late6 = "2001:db8::7"
)

// namespace is the network namespace of one daemon, which is started in it.
type namespace struct {
	t *testing.T
	*process
	file string
}

// startAlone starts the daemon of a ring of one, on an address that its namespace does
// not have. The test is skipped where it cannot make namespaces.
func startAlone(t *testing.T, address string) *namespace {
	t.Helper()
	for _, tool := range []string{"ip", "nsenter"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: %v", err)
		}
	}
	if err := exec.Command("unshare", "--net", "true").Run(); err != nil {
		t.Skipf("SKIPPED: network namespaces can be made only by root: %v", err)
	}
	r := &ring{Ring: config.Loopback(1), t: t}
	r.Hosts[0].Address = netip.MustParseAddr(address)
	r.Log.Dir, r.file = t.TempDir(), t.TempDir()+"/zog.yaml"
	r.write()
	p := spawnAs(t, func(cmd *exec.Cmd) {
		// With lo as a booting machine has it long before: Linux lets a program listen on
		// anything as long as no address was ever set.
		script := fmt.Sprintf("ip link set lo up && exec %s run --config %s --name %s", program("zog"), r.file, r.Hosts[0].Name)
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", script}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	}, "zog")
	return &namespace{t, p, r.file}
}

// run runs a command in the namespace, and returns what it says.
func (n *namespace) run(command string) (string, error) {
	args := []string{"-t", fmt.Sprint(n.cmd.Process.Pid), "-n"}
	out, err := exec.Command("nsenter", append(args, strings.Fields(command)...)...).CombinedOutput()
	return string(out), err
}

func (n *namespace) mustRun(command string) {
	n.t.Helper()
	if out, err := n.run(command); err != nil {
		n.t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// awaitWaiting waits until the daemon says that it waits for its address.
func (n *namespace) awaitWaiting() {
	n.t.Helper()
	await(n.t, "it waits", func() bool { return strings.Contains(n.stderr.String(), "does not have its address yet") })
}

// requireServing requires that the daemon takes a message.
func (n *namespace) requireServing(text string) {
	n.t.Helper()
	n.mustRun(fmt.Sprintf("%s send --config %s %s", program("sprog"), n.file, text))
}

func (n *namespace) requireEnd() {
	n.t.Helper()
	n.signal(n.t, syscall.SIGTERM)
	if code := n.exit(n.t, patience); code != 0 {
		n.t.Errorf("exit code %d", code)
	}
}

// A daemon that is started before its machine has an address, as by DHCP, waits, and
// says so once. An address that goes away and returns later does no harm either.
func TestAnAddressThatComesLate(t *testing.T) {
	n := startAlone(t, late4)
	n.awaitWaiting()
	n.mustRun("ip addr add " + late4 + "/32 dev lo")
	await(t, "it takes messages", func() bool { return n.says("taking messages") > 0 })
	n.requireServing("here")
	n.mustRun("ip addr del " + late4 + "/32 dev lo")
	if out, err := n.run(fmt.Sprintf("%s send --timeout 200ms --config %s gone", program("sprog"), n.file)); err == nil {
		t.Errorf("without an address it takes a message: %s", out)
	}
	n.mustRun("ip addr add " + late4 + "/32 dev lo")
	n.requireServing("again")
	n.requireEnd()
	// The other warning is about an address that anybody may reach.
	if said := n.stderr.String(); strings.Count(said, "level=warning") != 2 || strings.Count(said, "has its address now") != 1 {
		t.Errorf("it says:\n%s", said)
	}
}

// An IPv6 address is tentative for as long as its link has no carrier, and a moment
// after that: nobody can listen on it yet.
func TestAnAddressThatIsTentative(t *testing.T) {
	if _, err := os.Stat("/proc/net/if_inet6"); errors.Is(err, os.ErrNotExist) {
		t.Skip("SKIPPED: there is no IPv6 here")
	}
	n := startAlone(t, late6)
	n.awaitWaiting()
	if out, err := n.run("ip link add near type veth peer name far"); err != nil {
		t.Skipf("SKIPPED: no pair of links can be made: %v\n%s", err, out)
	}
	n.mustRun("ip link set near up")
	n.mustRun("ip addr add " + late6 + "/64 dev near")
	if out, err := n.run("ip addr show dev near tentative"); err != nil || !strings.Contains(out, late6) {
		t.Fatalf("it is not tentative: %v\n%s", err, out)
	}
	if n.says("taking messages") > 0 {
		t.Error("it takes messages on an address that is tentative")
	}
	n.mustRun("ip link set far up")
	await(t, "it takes messages", func() bool { return n.says("taking messages") > 0 })
	n.requireServing("here")
	n.requireEnd()
}

// SIGTERM ends the waiting.
func TestStopWhileAnAddressIsWaitedFor(t *testing.T) {
	n := startAlone(t, late4)
	n.awaitWaiting()
	n.requireEnd()
	if n.says("taking messages") > 0 || n.says("stopped before messages were taken") != 1 {
		t.Errorf("it says:\n%s", n.stderr.String())
	}
}
