package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"xlattice.org/zog/internal/test/daemons"
)

const prologue = `zog: one log of events, complete on every machine of a small ring.

Five daemons will run on this machine, each with a log of its own. A client hands
them about 200 messages a second, to each in turn. In the middle one daemon is
killed. At the end all five logs have to be the same. It takes ten seconds.

`

// victim is the host that is killed: the third of five.
const victim = 2

// perform runs the acts of the demo.
func (s *stage) perform(ctx context.Context) error {
	fmt.Fprint(s.out, prologue)
	for _, act := range []func(context.Context) error{
		s.assemble, s.send, s.killOne, s.bringBack, s.finish,
	} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// assemble starts all daemons.
func (s *stage) assemble(ctx context.Context) error {
	first, last := s.Hosts[0], s.Hosts[len(s.Hosts)-1]
	s.say("Start %s, on %s to %s:", strings.Join(s.Names(), " "), first.Address, last.Address)
	s.show("%s run --config zog.yaml --name %s      (and so on)", zog, first.Name)
	for i := range s.Hosts {
		if err := s.Start(ctx, i); err != nil {
			return err
		}
	}
	if err := s.AwaitLinks(ctx); err != nil {
		return err
	}
	s.say("Each of them is connected to each other.")
	return nil
}

// send starts sprog, and shows that a message to one host is in all logs.
func (s *stage) send(ctx context.Context) error {
	args := []string{"--config", s.File, "--roundRobin", "--interval", "5ms"}
	s.say("Send a message every 5 ms, to one host after the other:")
	s.show("%s --config zog.yaml --roundRobin --interval 5ms", sprog)
	client, err := daemons.Launch(s.Dir, "sprog", sprog, args...)
	if err != nil {
		return err
	}
	s.Clients = append(s.Clients, client)
	if err := s.watch(ctx, 3*time.Second); err != nil {
		return err
	}
	if err := s.showCounts(); err != nil {
		return err
	}
	s.say("What the client says of two of them: to which host, kept by how many so far:")
	for _, line := range client.Last(2) {
		s.show("%s", line)
	}
	return s.sideBySide(0, 3)
}

// killOne shows that the ring works without a host.
func (s *stage) killOne(ctx context.Context) error {
	s.Kill(victim)
	s.say("kill -9 %s. No goodbye, no flush. The others and the client go on without it:", s.Name(victim))
	if err := s.watch(ctx, 3*time.Second); err != nil {
		return err
	}
	return s.showCounts()
}

// bringBack shows that a host catches up.
func (s *stage) bringBack(ctx context.Context) error {
	name := s.Name(victim)
	before, err := s.log(victim)
	if err != nil {
		return err
	}
	others, err := s.log(0)
	if err != nil {
		return err
	}
	s.say("Start %s again. It lacks about %d messages, and asks for them:", name, len(others)-len(before))
	since := time.Now()
	if err := s.Start(ctx, victim); err != nil {
		return err
	}
	err = s.Await(ctx, name+" does not catch up", func() bool {
		lines, err := s.log(victim)
		return err == nil && len(lines) >= len(others)
	})
	if err != nil {
		return err
	}
	s.show("caught up %d ms after its start, while new messages kept coming", time.Since(since).Milliseconds())
	if err := s.watch(ctx, 2*time.Second); err != nil {
		return err
	}
	return s.showCounts()
}

// finish stops everything, and compares the logs.
func (s *stage) finish(ctx context.Context) error {
	kept, err := s.stopClient()
	if err != nil {
		return err
	}
	if err := s.awaitEqualLogs(ctx); err != nil {
		return err
	}
	for i := range s.Hosts {
		if err := s.Stop(i); err != nil {
			return err
		}
	}
	s.say("All daemons are stopped. LC_ALL=C sort access.log | sha256sum, on each:")
	return s.showVerdict(kept)
}

// stopClient stops the client, and returns the number of acknowledged messages. The message that was
// under way to the killed host may be missing.
func (s *stage) stopClient() (kept int, err error) {
	client := s.Clients[0]
	s.Clients = nil
	if _, err := client.Stop(os.Interrupt); err != nil {
		client.Kill()
		return 0, err
	}
	summary := client.LastLine()
	s.say("Ctrl-C for the client. It says:")
	s.show("%s", summary)
	found := regexp.MustCompile(`(\d+) acknowledged`).FindStringSubmatch(summary)
	if found == nil {
		return 0, fmt.Errorf("%s ended without its summary: %s", client, summary)
	}
	return strconv.Atoi(found[1])
}

// awaitEqualLogs waits until all logs are equally long.
func (s *stage) awaitEqualLogs(ctx context.Context) error {
	return s.Await(ctx, "the logs do not become equally long", func() bool {
		first, err := s.log(0)
		for i := 1; err == nil && i < len(s.Hosts); i++ {
			var lines []string
			if lines, err = s.log(i); len(lines) != len(first) {
				return false
			}
		}
		return err == nil
	})
}

func (s *stage) log(i int) ([]string, error) { return access(s.LogDir(s.Name(i))) }

// showCounts shows the number of lines of each log.
func (s *stage) showCounts() error {
	var b strings.Builder
	for i := range s.Hosts {
		lines, err := s.log(i)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %d   ", s.Name(i), len(lines))
	}
	s.say("Lines in access.log:  %s", strings.TrimSpace(b.String()))
	return nil
}

// sideBySide shows one message in the logs of two hosts.
func (s *stage) sideBySide(a, b int) error {
	first, err := s.log(a)
	if err != nil {
		return err
	}
	second, err := s.log(b)
	if err != nil {
		return err
	}
	line, ok := common(first, second)
	if !ok {
		return fmt.Errorf("%s and %s have no message in common", s.Name(a), s.Name(b))
	}
	s.say("One message as two hosts have it: when, its host, run and number there, and the text:")
	for _, i := range []int{a, b} {
		s.show("%-3s %s", s.Name(i), line)
	}
	return nil
}

// showVerdict compares the logs, shows the result, and returns an error unless they are equal.
func (s *stage) showVerdict(acknowledged int) error {
	var names []string
	var logs [][]string
	for i := range s.Hosts {
		lines, err := s.log(i)
		if err != nil {
			return err
		}
		names, logs = append(names, s.Name(i)), append(logs, lines)
	}
	v := compareLogs(names, logs, acknowledged)
	for i, name := range names {
		s.show("%-3s %6d lines   sha256 %s", name, v.lines[i], v.sums[i])
	}
	if len(v.faults) > 0 {
		return fmt.Errorf("the logs are not correct:\n  %s", strings.Join(v.faults, "\n  "))
	}
	s.say("The five logs agree, and hold all %d acknowledged messages, each once.", acknowledged)
	return nil
}
