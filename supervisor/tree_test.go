package supervisor

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// The tree in the package comment has the actors that a host starts, and says what the
// policies do.
func TestTheTreeInThePackageComment(t *testing.T) {
	documented := documentedTree(t)
	want := slices.Sorted(maps.Keys(documented))
	if paths := startedTree(t, want); !slices.Equal(paths, want) {
		t.Errorf("started are\n%s\nthe comment has\n%s", strings.Join(paths, "\n"), strings.Join(want, "\n"))
	}
	for path, failure := range documented {
		if strings.Count(path, "/") != 1 {
			continue
		}
		want := "restart with backoff, without limit"
		switch pid := actor.NewPID("", path); {
		case isParent(pid):
			want = "the host fails"
		case isVital(pid):
			want = "restart with backoff; the host fails if one of"
		}
		if failure != want {
			t.Errorf("when %s fails: %q, want %q", path, failure, want)
		}
	}
}

// documentedTree returns the paths of the actors in the package comment, with what follows when
// one fails.
func documentedTree(t *testing.T) map[string]string {
	t.Helper()
	source, err := os.ReadFile("host.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^//\t( *)([a-z+][a-zN+ -]*?)  +(.*)$`)
	_, comment, _ := strings.Cut(string(source), "(docs/architecture.md, The actors)")
	comment, _, _ = strings.Cut(comment, "\npackage supervisor")
	tree, parents := make(map[string]string), []string{"", "", "", ""}
	for _, m := range line.FindAllStringSubmatch(comment, -1) {
		depth := len(m[1]) / 2
		for _, name := range strings.Fields(m[2]) {
			parents[depth] = name
			tree[strings.Join(parents[:depth+1], "/")] = m[3]
		}
	}
	return tree
}

// startedTree starts a host of a ring of two, with a client that follows, and returns the paths of its
// actors, with N for each number, once they are as wanted, or after some seconds.
func startedTree(t *testing.T, want []string) (paths []string) {
	t.Helper()
	ring := config.Loopback(2)
	ring.Log.Dir = filepath.Join(t.TempDir(), "{name}")
	var clients net.Addr
	host, err := Start(Options{Ring: ring, Seams: actors.Seams{
		Dial: func(context.Context, netip.Addr, netip.AddrPort) (net.Conn, error) { return nil, errors.New("no peer") },
		Listen: func(at netip.AddrPort) (net.Listener, error) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err == nil && at.Port() == ring.Ports.Client {
				clients = l.Addr()
			}
			return l, err
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := host.Stop(5 * time.Second); err != nil {
			t.Error(err)
		}
	}()
	client, err := net.Dial("tcp", clients.String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Follow: true}, frame.ClientLimit)); err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`\d+(/|$)`)
	for end := time.Now().Add(5 * time.Second); !slices.Equal(paths, want) && time.Now().Before(end); {
		paths = nil
		for _, bucket := range host.node.System.ProcessRegistry.LocalPIDs.LocalPIDs {
			for _, path := range bucket.Keys() {
				if path == actors.RootName || strings.HasPrefix(path, actors.RootName+"/") {
					paths = append(paths, number.ReplaceAllString(path, "N$1"))
				}
			}
		}
		slices.Sort(paths)
		paths = slices.Compact(paths)
	}
	return paths
}
