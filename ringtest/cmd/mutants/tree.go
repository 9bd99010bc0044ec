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

// own is the folder of this command, which is not in the copy.
const own = "ringtest/cmd/mutants/"

// files returns what git knows of the tree in the working directory, and what is
// new in it and not ignored.
func files(ctx context.Context) ([]string, error) {
	out, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var names []string
	for name := range strings.SplitSeq(string(out), "\x00") {
		if name != "" && !strings.HasPrefix(name, own) {
			names = append(names, name)
		}
	}
	return names, nil
}

// tree is a copy of the repository in which mutants are tried, one at a time.
type tree struct {
	dir string // of the copy
	tmp string // for the temporary files of the tests
}

// plant copies the files of these names, as they are in the folder from, into a
// new folder. Those that were removed are passed over.
func plant(from string, names []string, dir string) (*tree, error) {
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

// mutate makes the change of a mutant, and returns what takes it back.
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

// errBroken says that a mutant, or the copy as it is, does not compile.
var errBroken = errors.New("it does not compile")

// vet sees whether a package and its tests compile. The error wraps errBroken.
func (t *tree) vet(ctx context.Context, pkg string) error {
	var out bytes.Buffer
	cmd := t.command(ctx, "vet", pkg)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) && ctx.Err() == nil {
		return fmt.Errorf("%w:\n%s", errBroken, out.Bytes())
	}
	return errors.Join(err, context.Cause(ctx))
}

// building is how long a check may take beside its tests.
const building = 5 * time.Minute

// try runs a check, until the first package has failed. It returns what was
// caught, or nil if nothing was: also a check that hangs, which is one that is
// not over when its own time is up, or that of the mutant (errHangs ends ctx).
// The error wraps errBroken if something does not compile.
func (t *tree) try(ctx context.Context, c *check) (*catch, error) {
	all, stop := context.WithTimeoutCause(ctx, c.limit+building, errHangs)
	defer stop()
	h := newHeard()
	said, err := t.listen(all, stop, c, h)
	switch {
	case h.unbuilt:
		return nil, fmt.Errorf("%s: %w:\n%s", c.what, errBroken, h.builds.String())
	case h.pkg != "":
		return h.caught(), nil
	case errors.Is(context.Cause(all), errHangs):
		return &catch{Package: c.what, Hangs: true}, nil
	}
	if err = errors.Join(err, context.Cause(ctx)); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", c.what, err, said)
	}
	return nil, nil
}

// listen runs a check and hears what it says. One failure is enough: stop ends
// it then. It returns what stands on its standard error.
func (t *tree) listen(ctx context.Context, stop func(), c *check, h *heard) (said []byte, err error) {
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
	heardErr := h.listen(out)
	if h.pkg != "" || heardErr != nil {
		stop()
	}
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	// Daemons of a test that hung may be left; most often there is nothing.
	_ = killGroup(cmd)
	return stderr.Bytes(), errors.Join(heardErr, err)
}

// command returns a go command in the copy, at the head of a process group of
// its own: when ctx ends, all that it has started ends with it.
func (t *tree) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "TMPDIR="+t.tmp, "PWD="+t.dir, "GOWORK=off")
	group(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
