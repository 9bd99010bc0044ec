package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// answer is how long a command may run.
const answer = 20 * time.Second

// prompt is the prompt of the shell: the control sequence OSC 133;D, by which shells report the
// exit code of a command to a terminal. The recording has ready instead of it.
const prompt = `\e]133;D;$?\a`

var ready = sgr(green) + "$ " + sgr(plain)

var prompted = regexp.MustCompile("\x1b]133;D;([0-9]+)\a$")

// shell is a bash on a pseudo-terminal.
type shell struct {
	cmd    *exec.Cmd
	tty    *os.File // the master side
	output chan string
	began  time.Time
	events []event
}

// open starts a shell in dir, with programs first in its PATH and nothing of our environment.
// The caller closes it.
func open(programs, dir string) (*shell, error) {
	cmd := exec.Command("bash", "--norc", "--noprofile", "--noediting", "-i")
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=" + programs + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + dir,
		"TERM=xterm", "LC_ALL=C.UTF-8", "HISTFILE=", "PS1=" + prompt,
	}
	tty, err := start(cmd)
	if err != nil {
		return nil, err
	}
	s := &shell{cmd: cmd, tty: tty, output: make(chan string)}
	go s.read()
	if err := s.setUp(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.began, s.events = time.Now(), nil
	s.add(ready, 0)
	return s, nil
}

// setUp waits for the first prompt and sets the shell up: no echo, since do records what is
// typed; no job control, so that background jobs stay in the process group that close kills.
func (s *shell) setUp() error {
	if _, err := s.await(context.Background()); err != nil {
		return err
	}
	if _, err := s.tty.WriteString("set +m; stty -echo\n"); err != nil {
		return err
	}
	_, err := s.await(context.Background())
	return err
}

// read passes on the output until no process has the terminal open any more.
func (s *shell) read() {
	defer close(s.output)
	buf := make([]byte, 1<<16)
	for {
		n, err := s.tty.Read(buf)
		if err != nil {
			return
		}
		s.output <- string(buf[:n])
	}
}

// do types a command, records its output until it ends, and pauses for the reader.
func (s *shell) do(ctx context.Context, step step) error {
	if step.say != "" {
		s.add(sgr(cyan)+"# "+step.say+sgr(plain)+"\n"+ready, 0)
	}
	if err := pause(ctx, beforeKeys); err != nil {
		return err
	}
	keys := time.Duration(len(step.command)) * perKey
	s.add(sgr(bold)+step.command+sgr(plain), keys)
	if err := pause(ctx, keys+beforeEnter); err != nil {
		return err
	}
	s.add("\n", 0)
	if _, err := s.tty.WriteString(step.command + "\n"); err != nil {
		return err
	}
	code, err := s.await(ctx)
	if err != nil {
		return err
	}
	if code != step.code {
		return fmt.Errorf("exit code %d, not %d, after %q", code, step.code, s.events[len(s.events)-1].text)
	}
	s.add(ready, 0)
	return pause(ctx, step.rest)
}

// await records output until the prompt, and returns the exit code in it.
func (s *shell) await(ctx context.Context) (code int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answer, errors.New("takes too long"))
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case text, ok := <-s.output:
			if !ok {
				return 0, errors.New("the shell has ended")
			}
			at := prompted.FindStringSubmatchIndex(text)
			if at == nil {
				s.add(text, 0)
				continue
			}
			s.add(text[:at[0]], 0)
			return strconv.Atoi(text[at[2]:at[3]])
		}
	}
}

// add records text that arrives now, or begins to be typed now.
func (s *shell) add(text string, typed time.Duration) {
	if text != "" {
		s.events = append(s.events, event{time.Since(s.began), typed, text})
	}
}

// close kills the shell and all that it started, and returns when they have ended.
func (s *shell) close() error {
	err := kill(s.cmd)
	ctx, cancel := context.WithTimeoutCause(context.Background(), answer, errors.New("a process of the session does not end"))
	defer cancel()
	for open := true; open; { // until listen ends
		select {
		case _, open = <-s.output:
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		}
	}
	_ = s.cmd.Wait() // it was killed
	return errors.Join(err, s.tty.Close())
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
