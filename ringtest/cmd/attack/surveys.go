package main

import (
	"net"
	"sync/atomic"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// askers takes all places for surveys while zog verify runs.
func askers(a *attacker) string {
	var answers atomic.Int64
	verified := make(chan struct{})
	go func() {
		defer close(verified)
		a.pause(a.seconds / 5) // until they are there
		for range 2 {
			if code, said := a.verify(a.ctx); !a.over() && code != 0 {
				a.fail("zog verify ends with %d: %s", code, said)
			}
		}
	}()
	parallel(make([]*wire, 64), func(int, *wire) {
		for !a.over() {
			answers.Add(a.ask())
		}
	})
	<-verified
	return result(nil, "%d answers", answers.Load())
}

// ask asks for surveys on a connection until it ends, and returns the number of answers.
func (a *attacker) ask() (answers int64) {
	w, err := a.client(0)
	if err != nil {
		a.pause(timeout / 30)
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

// survey reads the answer to a survey, and skips signs of life.
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

// endless has answers to a survey that never end: More without marks, signs of life, and More with
// marks.
var endless = []pzog.Ack{{More: true}, {Delta: true}, {More: true}}

// moreForEver answers surveys in place of a host, and never ends the answer.
func moreForEver(a *attacker) string {
	l, err := net.Listen("tcp", a.clientPort(liar).String())
	if err != nil {
		return result(err, "nothing")
	}
	defer l.Close()
	var way atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			a.track(conn)
			go a.more(newWire(conn), int(way.Load()))
		}
	}()
	ended := 0
	for i := range endless {
		way.Store(int64(i))
		code, said := a.verify(a.ctx)
		if a.over() {
			a.fail("zog verify does not end, way %d", i+1)
			break
		}
		if code == 0 {
			a.fail("zog verify finds nothing: %s", said)
		}
		ended++
	}
	l.Close()
	<-done
	return result(nil, "%d of %d ways to say more came to an end", ended, len(endless))
}

// more answers on one connection in one of the ways of endless.
func (a *attacker) more(w *wire, way int) {
	if _, err := w.next(); err != nil {
		return
	}
	const most, atOnce = 64 << 20, 500
	for n := 0; w.sent < most && !a.over(); n += atOnce {
		answer := pzog.Ack{Version: 1, Host: a.Name(liar), More: endless[way].More, Delta: endless[way].Delta}
		if way == len(endless)-1 {
			answer.Marks = a.invented(n, atOnce)
		}
		if w.send(encode(&pzog.Frame{Body: &pzog.Frame_Ack{Ack: &answer}})) != nil {
			return
		}
		a.pause(timeout / 300)
	}
	<-a.ctx.Done()
}
