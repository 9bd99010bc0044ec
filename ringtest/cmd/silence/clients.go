package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"xlattice.org/zog/internal/test/netns"
)

// answer is a line of JSON from sprog: the result of a message, or the summary.
type answer struct {
	Type   string `json:"type"`
	Host   string `json:"host"`
	Status string `json:"status"`
	Text   string `json:"text"`

	Messages       int `json:"messages"`
	Refused        int `json:"refused"`
	Unacknowledged int `json:"unacknowledged"`
	Unsent         int `json:"unsent"`
	Resent         int `json:"resent"`

	at time.Time // when it was read
}

// client is a running sprog.
type client struct {
	cmd   *exec.Cmd
	began time.Time
	fed   chan struct{} // closed when its input has ended; nil if it has none
	ended chan struct{} // closed when it has ended and its output is read

	// Valid once ended is closed.
	sum  *answer // nil if there was no summary
	over time.Time

	mu      sync.Mutex
	answers []answer // about messages
}

// newSprog returns a sprog in a place. begin starts it.
func (s *stage) newSprog(at netns.Place, args ...string) *client {
	command := at.Inside(append([]string{s.rig.sprog, "--config", s.File, "-o", "json"}, args...)...)
	return &client{cmd: exec.Command(command[0], command[1:]...), ended: make(chan struct{})}
}

// begin starts a sprog. The stage kills it at its end.
func (s *stage) begin(c *client) error {
	said, err := os.CreateTemp(s.Dir, "sprog-*.said")
	if err != nil {
		return err
	}
	defer said.Close() // the child has it
	c.cmd.Stderr = said
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	c.began = time.Now()
	if err := c.cmd.Start(); err != nil {
		return err
	}
	s.clients = append(s.clients, c)
	go c.read(out)
	return nil
}

// sprog starts a sprog in a place.
func (s *stage) sprog(at netns.Place, args ...string) (*client, error) {
	c := s.newSprog(at, args...)
	return c, s.begin(c)
}

// read reads what it says until it ends.
func (c *client) read(out io.Reader) {
	defer close(c.ended)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var a answer
		if json.Unmarshal(lines.Bytes(), &a) == nil {
			a.at = time.Now()
			c.add(a)
		}
	}
	_ = c.cmd.Wait() // problem looks at the exit code
	c.over = time.Now()
}

func (c *client) add(a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch a.Type {
	case "message":
		c.answers = append(c.answers, a)
	case "summary":
		c.sum = &a
	}
}

// received returns the answers so far.
func (c *client) received() []answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answers[:len(c.answers):len(c.answers)]
}

// hasEnded says whether it has ended.
func (c *client) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// kill kills it, unless it has ended, and waits for the end of its input.
func (c *client) kill() {
	_ = c.cmd.Process.Kill()
	<-c.ended
	if c.fed != nil {
		<-c.fed
	}
}

// finish waits for its end, within the limit, and returns what is wrong: "" if its exit code is 0 and
// every message was acknowledged.
func (s *stage) finish(ctx context.Context, c *client) (wrong string, err error) {
	ended, err := s.within(ctx, s.limit, c.hasEnded)
	if err != nil {
		return "", err
	}
	if !ended {
		c.kill()
		return fmt.Sprintf("no end within %v", s.limit), nil
	}
	return c.problem(), nil
}

// problem tells what is wrong with a client that has ended.
func (c *client) problem() string {
	code, lost := c.cmd.ProcessState.ExitCode(), ""
	if s := c.sum; s != nil && s.Unacknowledged+s.Unsent+s.Refused > 0 {
		lost = fmt.Sprintf("%d of %d not acknowledged", s.Unacknowledged+s.Unsent+s.Refused, s.Messages)
	}
	if code == 0 {
		return lost
	}
	return join(lost, fmt.Sprintf("exit %d", code))
}

// acknowledged returns the texts of the messages that were acknowledged so far.
func (c *client) acknowledged() (texts []string) {
	for _, a := range c.received() {
		if a.Status == "ok" {
			texts = append(texts, a.Text)
		}
	}
	return texts
}
