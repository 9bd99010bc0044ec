package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ownFolder is the folder of this command, which is not copied.
const ownFolder = "ringtest/cmd/mutants/"

// files returns the files in the working directory that git tracks, and new ones that it does
// not ignore.
func files(ctx context.Context) ([]string, error) {
	out, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var names []string
	for name := range strings.SplitSeq(string(out), "\x00") {
		if name != "" && !strings.HasPrefix(name, ownFolder) {
			names = append(names, name)
		}
	}
	return names, nil
}

// tree is a copy of the repository. One mutant at a time is tried in it.
type tree struct {
	dir string // of the copy
	tmp string // for the temporary files of the tests
}

// copyTree copies the named files from a folder into a new one. It skips names that no longer exist.
func copyTree(from string, names []string, dir string) (*tree, error) {
	t := &tree{dir: filepath.Join(dir, "tree"), tmp: filepath.Join(dir, "tmp")}
	if err := os.MkdirAll(t.tmp, 0o700); err != nil {
		return nil, err
	}
	for _, name := range names {
		err := copyFile(filepath.Join(from, name), filepath.Join(t.dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return t, nil
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}

// mutate applies a mutant. restore undoes that.
func (t *tree) mutate(m *Mutant) (restore func() error, err error) {
	files, err := load(filepath.Join(t.dir, m.Package))
	if err != nil {
		return nil, err
	}
	in, changed, err := m.apply(files)
	if err != nil {
		return nil, err
	}
	restore = func() error { return os.WriteFile(in.path, []byte(in.text), 0o600) }
	return restore, os.WriteFile(in.path, []byte(changed), 0o600)
}

// errNotCompiled says that a mutant, or the unchanged copy, does not compile.
var errNotCompiled = errors.New("it does not compile")

// vet checks that a package and its tests compile. If not, the error wraps errNotCompiled.
func (t *tree) vet(ctx context.Context, pkg string) error {
	var out bytes.Buffer
	cmd := t.command(ctx, "vet", pkg)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) && ctx.Err() == nil {
		return fmt.Errorf("%w:\n%s", errNotCompiled, out.Bytes())
	}
	return errors.Join(err, context.Cause(ctx))
}

// buildLimit is added to the time limit of a check, for the compiler.
const buildLimit = 5 * time.Minute

// try runs a check until the first package fails, and returns that failure, or nil if all pass. A
// check that has not ended when its time is up, or that of the mutant (errTimeout ends ctx),
// hangs and counts as failed. If something does not compile, the error wraps errNotCompiled.
func (t *tree) try(ctx context.Context, c *check) (*catch, error) {
	all, stop := context.WithTimeoutCause(ctx, c.limit+buildLimit, errTimeout)
	defer stop()
	run := newTestRun()
	stderr, err := t.runCheck(all, stop, c, run)
	switch {
	case run.buildFailed:
		return nil, fmt.Errorf("%s: %w:\n%s", c.what, errNotCompiled, run.buildOutput.String())
	case run.failedPackage != "":
		return run.caught(), nil
	case errors.Is(context.Cause(all), errTimeout):
		return &catch{Package: c.what, Hangs: true}, nil
	}
	if err = errors.Join(err, context.Cause(ctx)); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", c.what, err, stderr)
	}
	return nil, nil
}

// runCheck runs a check and records its events. It ends the check by stop at the first package
// that fails. It returns what the check wrote to standard error.
func (t *tree) runCheck(ctx context.Context, stop func(), c *check, run *testRun) (said []byte, err error) {
	args := append([]string{c.args[0], "-json", "-timeout", c.limit.String()}, c.args[1:]...)
	cmd := t.command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	readErr := run.read(out)
	if run.failedPackage != "" || readErr != nil {
		stop()
	}
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	// A test that hung may have left daemons. Usually there is nothing to kill, which is an error.
	_ = killGroup(cmd)
	return stderr.Bytes(), errors.Join(readErr, err)
}

// command returns a go command in the copy, with a process group of its own: when ctx ends, all
// that the command has started ends with it.
func (t *tree) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "TMPDIR="+t.tmp, "PWD="+t.dir, "GOWORK=off")
	group(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
