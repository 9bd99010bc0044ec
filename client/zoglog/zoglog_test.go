package zoglog_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/slogtest"
	"testing/synctest"

	"xlattice.org/zog/client"
	"xlattice.org/zog/client/zoglog"
	"xlattice.org/zog/ringtest"
)

// inRing runs a test with a Writer to a ring of one host.
func inRing(t *testing.T, do func(t *testing.T, ring *ringtest.Ring, w *zoglog.Writer)) {
	synctest.Test(t, func(t *testing.T) {
		ring := ringtest.Start(t, ringtest.Hosts(1))
		c, err := client.New(ring.Config())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		do(t, ring, zoglog.NewWriter(c))
	})
}

// However the bytes come, each line is one message.
func TestLines(t *testing.T) {
	long := strings.Repeat("x", 2*client.MaxText)
	input := "one\ntwo\r\n\nbad \xff\x1b[2J\n" + long + "\nlast"
	want := []string{"one", "two", "", "bad \ufffd\ufffd[2J", client.Sanitize(long), "last"}
	for _, size := range []int{1, 3, len(input)} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			inRing(t, func(t *testing.T, ring *ringtest.Ring, w *zoglog.Writer) {
				for piece := range slices.Chunk([]byte(input), size) {
					if n, err := w.Write(piece); n != len(piece) || err != nil {
						t.Fatal(n, err)
					}
				}
				if err := w.Close(); err != nil {
					t.Error(err)
				}
				if got := ring.Host("MV").Texts(); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
				if _, err := io.WriteString(w, "late\n"); !errors.Is(err, os.ErrClosed) {
					t.Errorf("after Close: %v", err)
				}
				ring.RequireSettled()
			})
		})
	}
}

// Close says that lines are lost, and a Writer on a closed client says so at once.
func TestLostLines(t *testing.T) {
	inRing(t, func(t *testing.T, ring *ringtest.Ring, w *zoglog.Writer) {
		ring.Host("MV").Crash()
		if _, err := io.WriteString(w, "one\ntwo\n"); err != nil {
			t.Error(err)
		}
		if err := w.Close(); !errors.Is(err, client.ErrNoHost) {
			t.Errorf("Close returns %v", err)
		}
		ring.Host("MV").Start()
		c, err := client.New(ring.Config())
		if err != nil {
			t.Fatal(err)
		}
		w = zoglog.NewWriter(c)
		c.Close()
		if n, err := io.WriteString(w, "one\ntwo\n"); n != 0 || !errors.Is(err, client.ErrClosed) {
			t.Errorf("a closed client: %d, %v", n, err)
		}
	})
}

// The handler is one as package slog wants it, but for the time.
func TestHandler(t *testing.T) {
	inRing(t, func(t *testing.T, ring *ringtest.Ring, w *zoglog.Writer) {
		err := slogtest.TestHandler(zoglog.NewHandler(w, nil), func() []map[string]any {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			var all []map[string]any
			for _, line := range ring.Host("MV").Texts() {
				all = append(all, parse(line))
			}
			return all
		})
		for fault := range strings.Lines(fmt.Sprint(err)) {
			if !strings.HasPrefix(fault, `missing key "time"`) {
				t.Error(fault)
			}
		}
	})
}

// parse reads a line of slog.TextHandler.
func parse(line string) map[string]any {
	top := map[string]any{}
	for _, word := range strings.Fields(line) {
		key, value, _ := strings.Cut(word, "=")
		into := top
		names := strings.Split(key, ".")
		for _, group := range names[:len(names)-1] {
			if into[group] == nil {
				into[group] = map[string]any{}
			}
			into = into[group].(map[string]any)
		}
		into[names[len(names)-1]] = value
	}
	return top
}
