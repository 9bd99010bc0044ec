package program

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs a script with a text, and returns what it printed. It returns when nobody has the script's standard output
// open any more.
func run(t *testing.T, ctx context.Context, script, text string, limit time.Duration, env ...string) (string, error) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	said := make(chan string, 1)
	go func() {
		var all bytes.Buffer
		_, _ = io.Copy(&all, r)
		said <- all.String()
	}()
	p := Program{Path: sh, Args: []string{"sh", "-c", script}, Limit: limit, Stdout: w, Stderr: w}
	err = p.Run(ctx, text, env...)
	w.Close()
	return <-said, err
}

func TestAProgramGetsTheTextAndTheEnvironment(t *testing.T) {
	said, err := run(t, t.Context(), `echo "$ZOG_ID: $(cat)"`, "hello, $HOME `id`", 0, "ZOG_ID=MV.1.2")
	if err != nil || said != "MV.1.2: hello, $HOME `id`\n" {
		t.Errorf("%q, %v", said, err)
	}
}

func TestHowAProgramEnds(t *testing.T) {
	for script, want := range map[string]string{
		"exit 0":         "",
		"cat >/dev/null": "",
		"exit 3":         "ended with code 3",
		"kill -9 $$":     "ended by signal 9 (killed)",
		"exec <&-":       "", // the text is not read
	} {
		_, err := run(t, t.Context(), script, strings.Repeat("x", 509), 0)
		if got := ""; err != nil {
			if got = err.Error(); got != want {
				t.Errorf("%s: %v", script, err)
			}
		} else if want != "" {
			t.Errorf("%s: no error, want %s", script, want)
		}
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	p := Program{Path: "/none/such", Args: []string{"such"}}
	if err := p.Run(t.Context(), "x"); err == nil || !strings.HasPrefix(err.Error(), "cannot be started: ") || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// A program that does not end is killed with all that it has started.
func TestAProgramThatHangs(t *testing.T) {
	said, err := run(t, t.Context(), "trap '' TERM; sleep 1000 & echo ready; sleep 1000; echo never", "x", 100*time.Millisecond)
	if !errors.Is(err, ErrLimit) || strings.Contains(said, "never") {
		t.Errorf("%q, %v", said, err)
	}
}

func TestAProgramIsKilledWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := run(t, ctx, "sleep 1000 & sleep 1000", "x", time.Hour); !errors.Is(err, ErrKilled) {
		t.Error(err)
	}
}

// What a program leaves running in its group ends with it.
func TestNothingOutlivesAProgram(t *testing.T) {
	said, err := run(t, t.Context(), "(sleep 1; echo late) & echo done", "x", 0)
	if err != nil || said != "done\n" {
		t.Errorf("%q, %v", said, err)
	}
}
