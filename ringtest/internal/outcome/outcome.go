// Package outcome turns what a client was told of a message into what the checker of
// logs goes by, for all that send to a ring and have its logs checked afterwards: the
// rings of package ringtest, and the programs with real daemons.
package outcome

import (
	"errors"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/test/check"
)

// Message is message n of a sender, of which a client said r; host is the name of the
// host at r.Host. What was sent again may stand in a log as often as it was sent.
func Message(sender string, n uint64, host string, r client.Result) check.Message {
	m := check.Message{Sender: sender, N: n, Host: host, Text: r.Text, Outcome: Of(r.Err), ID: r.ID.String(), Copies: r.Copies}
	if r.Resends > 0 {
		m.Sends = 1 + r.Resends
	}
	return m
}

// Of returns what the client's error says of a message. What was not sent is as good
// as refused: it may be in no log.
func Of(err error) check.Outcome {
	var fewer *client.CopiesError
	switch {
	case err == nil, errors.As(err, &fewer):
		return check.Ok
	case errors.Is(err, client.ErrUnacknowledged):
		return check.Unknown
	}
	return check.Refused
}
