package main

import (
	"net"
	"sync/atomic"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// askers take all places for surveys, while somebody verifies the ring.
func askers(a *attacker) string {
	var answers atomic.Int64
	verified := make(chan struct{})
	go func() {
		defer close(verified)
		a.pause(a.seconds / 5) // until they are there
		for range 2 {
			if code, said := a.verify(a.ctx); !a.over() && code != 0 {
				a.fails("zog verify ends with %d: %s", code, said)
			}
		}
	}()
	each(make([]*wire, 64), func(int, *wire) {
		for !a.over() {
			answers.Add(a.ask())
		}
	})
	<-verified
	return came(nil, "%d answers", answers.Load())
}

// ask asks for surveys on a connection as long as it lasts, and returns how many
// answers there were.
func (a *attacker) ask() (answers int64) {
	w, err := a.client(0)
	if err != nil {
		a.pause(patience / 30)
		return 0
	}
	defer w.Close()
	var ranges []*pzog.Mark
	for !a.over() {
		question := &pzog.KeepAlive{Version: 1, Survey: true, Marks: ranges}
		if w.send(frame.AppendKeepAlive(nil, question, frame.ClientLimit)) != nil {
			break
		}
		if ranges, err = w.survey(); err != nil {
			break
		}
		for _, m := range ranges {
			m.Digest = nil
		}
		answers++
	}
	return answers
}

// survey reads the answer to a survey, and passes over signs of life.
func (w *wire) survey() (all []*pzog.Mark, err error) {
	for {
		f, err := w.next()
		if err != nil {
			return nil, err
		}
		if f.Kind != frame.Ack || f.Ack.Delta {
			continue
		}
		all = append(all, f.Ack.Marks...)
		if !f.Ack.More {
			return all, nil
		}
	}
}

// moreForEver answers surveys in the place of a host, and never comes to an end.
func moreForEver(a *attacker) string {
	l, err := net.Listen("tcp", a.clientPort(liar).String())
	if err != nil {
		return came(err, "nothing")
	}
	defer l.Close()
	asked := new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			a.own(conn)
			go a.more(newWire(conn))
		}
	}()
	code, said := a.verify(a.ctx)
	switch {
	case a.over():
		a.fails("zog verify does not end within %v", a.attack.lasts(a.seconds))
	case code == 0:
		a.fails("zog verify finds nothing: %s", said)
	}
	l.Close()
	<-done
	return came(nil, "asked %d times; zog verify ended with %d: %s", asked.Load(), code, said)
}

// more answers one connection.
func (a *attacker) more(w *wire) {
	if _, err := w.next(); err != nil {
		return
	}
	const most = 64 << 20
	for n := 0; w.sent < most && !a.over(); n += 50 {
		answer := unending(&pzog.Frame{Body: &pzog.Frame_Ack{Ack: &pzog.Ack{
			Version: 1, Host: a.Name(liar), More: true, Marks: a.invented(n, 50),
		}}})
		if w.send(answer) != nil {
			return
		}
		a.pause(patience / 3000)
	}
	<-a.ctx.Done()
}
