package main

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// copies asks for more copies than there are hosts.
func copies(a *attacker) string {
	all := a.clients(5000, 5)
	parallel(all, func(i int, w *wire) {
		_ = w.send(frame.AppendData(nil, &frame.Data{
			ID: 1, Text: text("copies", i), MinCopies: 99, TimeoutMS: math.MaxUint32,
		}))
	})
	<-a.ctx.Done()
	return result(nil, "%d connections", len(all))
}

// encode encodes a frame that package frame does not, such as one with More.
func encode(f *pzog.Frame) []byte {
	body, err := proto.Marshal(f)
	if err != nil {
		panic("attack: " + err.Error()) // all strings are ours
	}
	return append(protowire.AppendVarint(nil, uint64(len(body))), body...)
}

// unfinished begins surveys and does not end them.
func unfinished(a *attacker) string {
	const ranges, atATime = 16_000, 100
	var raw []byte
	for i := 0; i < ranges; i += atATime {
		raw = append(raw, encode(&pzog.Frame{Body: &pzog.Frame_KeepAlive{KeepAlive: &pzog.KeepAlive{
			Version: 1, Survey: true, More: true, Marks: a.invented(i, atATime),
		}}})...)
	}
	all := a.clients(400, 40)
	parallel(all, func(_ int, w *wire) { _ = w.send(raw) })
	<-a.ctx.Done()
	return result(nil, "%d connections, %s MiB", len(all), format(mebibytes(total(all))))
}

// unread sends bad texts, short and long ones, and reads no answers.
func unread(a *attacker) string {
	short, long := constant([]byte("x")).first(400<<10), constant(make([]byte, 4000)).first(4<<20)
	all := a.clients(100, 20)
	parallel(all, func(i int, w *wire) {
		if i%2 == 0 {
			a.sendPrepared(w, short)
			return
		}
		a.sendPrepared(w, long)
	})
	<-a.ctx.Done()
	return result(nil, "%d connections, %s MiB", len(all), format(mebibytes(total(all))))
}

// flood sends valid texts, and reads no answers.
func flood(a *attacker) string {
	made := make([][]byte, 200)
	for i := range made {
		name := fmt.Sprint("flood ", i)
		made[i] = (&stream{text: func(id uint64) []byte { return text(name, int(id)) }}).first(256 << 10)
	}
	all := a.clients(len(made), 40)
	parallel(all, func(i int, w *wire) { a.sendPrepared(w, made[i]) })
	return result(nil, "%d connections, %s MiB", len(all), format(mebibytes(total(all))))
}
