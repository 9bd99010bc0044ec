package outcome

import (
	"errors"
	"fmt"
	"testing"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/test/check"
)

func TestOf(t *testing.T) {
	for _, test := range []struct {
		err  error
		want check.Outcome
	}{
		{nil, check.Ok},
		{&client.CopiesError{}, check.Ok},
		{&client.CopiesError{Have: 1, Want: 2}, check.Ok},
		{client.ErrUnacknowledged, check.Unknown},
		{fmt.Errorf("wrapped: %w", client.ErrUnacknowledged), check.Unknown},
		{&client.RefusedError{Refusal: client.RefusalStopping}, check.Refused},
		{client.ErrNoHost, check.Refused},
		{errors.New("no host"), check.Refused},
	} {
		if got := Of(test.err); got != test.want {
			t.Errorf("%v is %v, want %v", test.err, got, test.want)
		}
	}
}

// What was sent again counts as often as it was sent, and what was not has a place in
// its sender's order.
func TestMessage(t *testing.T) {
	r := client.Result{Index: 3, Text: "a text", Receipt: client.Receipt{Host: "127.0.55.1:7", Copies: 2}}
	want := check.Message{Sender: "c1", N: 7, Host: "MV", Text: "a text", Outcome: check.Ok, Copies: 2}
	if got := Message("c1", 7, "MV", r); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	r.Resends, want.Sends = 2, 3
	if got := Message("c1", 7, "MV", r); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
