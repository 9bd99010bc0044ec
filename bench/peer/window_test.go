package peer

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// What waits is let go by an answer, after whoever sent the message was told, and
// nothing that is waited for is kept back.
func TestWindow(t *testing.T) {
	var told []int
	flushed := make(chan struct{})
	w := NewWindow(2, func() error {
		flushed <- struct{}{}
		return nil
	})
	go func() {
		<-flushed
		if err := w.Leave(1); err != nil {
			t.Error(err)
		}
		<-flushed
		if err := w.Leave(2); err != nil {
			t.Error(err)
		}
	}()
	for i := range 3 {
		if err := w.Enter(func(error) { told = append(told, i) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Empty(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []int{0, 1, 2}) {
		t.Error(told)
	}
	if w.Leave(1) == nil {
		t.Error("an answer to nothing is no error")
	}
}

func TestWindowGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := NewWindow(1, func() error { cancel(); return nil })
	if err := w.Enter(nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Empty(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	gone := errors.New("gone")
	w.Fail(gone)
	if err := w.Enter(nil); !errors.Is(err, gone) {
		t.Error(err)
	}
}
