package main

import (
	"fmt"
	"math/rand/v2"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/check"
)

// named is a message with a name.
type named struct {
	session, number uint64
	text            string
}

// sendNamed sends messages with ids from first on, and records the result of each.
func (a *attacker) sendNamed(w *wire, sender string, first uint64, all []named) error {
	var raw []byte
	for i, m := range all {
		raw = frame.AppendData(raw, &frame.Data{
			ID: first + uint64(i), Text: []byte(m.text + "\r\n"), Session: m.session, Number: m.number,
		})
	}
	if err := w.send(raw); err != nil {
		return err
	}
	for next := 0; next < len(all); {
		ok, err := w.nextOk()
		if err != nil {
			return err
		}
		for ; next < len(all) && first+uint64(next) <= ok.ID; next++ {
			outcome := check.Ok
			if first+uint64(next) == ok.ID && ok.Refusal != 0 {
				outcome = check.Refused
			}
			a.record(check.Message{Sender: sender, N: first + uint64(next), Host: a.Name(attacked), Text: all[next].text, Outcome: outcome})
		}
	}
	return nil
}

// series returns n messages of one session.
func series(sender string, session, from, n uint64) (all []named) {
	for number := from; number < from+n; number++ {
		all = append(all, named{session, number, fmt.Sprintf("%s %d", sender, number)})
	}
	return all
}

// names uses the next numbers of another client's session. All messages that are acknowledged to
// either client must be in the logs.
func names(a *attacker) string {
	const n = 100
	session := rand.Uint64() | 1
	first, err := a.client(0)
	if err != nil {
		return err.Error()
	}
	second, err := a.client(1)
	if err != nil {
		return err.Error()
	}
	err = a.sendNamed(first, "first", 1, series("first", session, 1, n))
	if err == nil {
		err = a.sendNamed(second, "second", 1, series("second", session, n+1, n))
	}
	if err == nil {
		err = a.sendNamed(first, "first", n+1, series("first", session, n+1, n))
	}
	refused := 0
	for _, m := range a.messages {
		if m.Outcome == check.Refused {
			refused++
		}
	}
	return result(err, "%d messages under %d names, %d of them refused", len(a.messages), 2*n, refused)
}

// sessions is more sessions than a host remembers.
const sessions = 66_000

// flush makes a host forget the name of a message, and sends the message again.
func flush(a *attacker) string {
	kept := []named{{rand.Uint64() | 1, 1, "this one is sent again"}}
	w, err := a.client(0)
	if err == nil {
		err = a.sendNamed(w, "sender", 1, kept)
	}
	sent := 0
	if err == nil {
		sent, err = a.useManySessions()
	}
	if err == nil {
		err = a.resend(&kept[0])
	}
	return result(err, "%d sessions, and one message twice", sent)
}

// useManySessions sends a message in each of many sessions, and returns how many.
func (a *attacker) useManySessions() (sent int, err error) {
	w, err := a.client(1)
	for ; sent < sessions && !a.over() && err == nil; sent += 1000 {
		var some []named
		for i := range 1000 {
			some = append(some, named{rand.Uint64() | 1, 1, fmt.Sprint("crowd ", sent+i)})
		}
		err = a.sendNamed(w, "crowd", uint64(sent+1), some)
	}
	return sent, err
}

// resend sends a message again, as a client does that got no answer.
func (a *attacker) resend(m *named) error {
	w, err := a.client(2)
	if err != nil {
		return err
	}
	err = w.send(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte(m.text + "\r\n"), Session: m.session, Number: m.number}))
	if err == nil {
		_, err = w.nextOk()
	}
	return err
}
