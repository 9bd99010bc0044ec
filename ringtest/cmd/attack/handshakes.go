package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/messages/pzog"
)

// ofTLS returns the attacks that there are only with TLS.
func ofTLS() []attack {
	return []attack{
		{name: "T1 handshakes of strangers", short: true, run: handshakes,
			what: "1,000 handshakes a second from 250 addresses, a fifth of them at the peer port: half with the certificate of another CA, half that end after the host's answer"},
		{name: "T2 unfinished handshakes", run: halfShaken,
			what: "1,000 connections at a time from 40 addresses, on both ports, begin a handshake of 64 KiB and do not finish it; those that are closed come again a second later"},
		{name: "T3 a stolen certificate", short: true, run: stolen,
			what: "200 connections from 200 addresses with one certificate of the role send hand in 256 KiB of good texts each, and read no answers; it must not survey, follow or get on the peer port"},
	}
}

// perSecond is how many handshakes strangers begin in a second.
const perSecond = 1000

// helloOf returns what a client says first.
func helloOf(config *tls.Config) []byte {
	here, there := net.Pipe()
	defer here.Close()
	first := make(chan []byte)
	go func() {
		buf := make([]byte, 8<<10)
		n, _ := there.Read(buf)
		there.Close()
		first <- buf[:n]
	}()
	_ = tls.Client(here, config).Handshake() // it fails, as nobody answers
	return <-first
}

// handshakes makes handshakes that come to nothing.
func handshakes(a *attacker) string {
	ports := []string{a.clientPort(attacked).String(), a.peerPort(attacked).String()}
	configs := []*tls.Config{a.certs.forged.DialHost(""), a.certs.forged.DialPeer("")}
	hellos := [][]byte{helloOf(configs[0]), helloOf(configs[1])}
	var began, answered atomic.Int64
	var working sync.WaitGroup
	places := make(chan struct{}, 2000)
	a.loop(10*time.Millisecond, func(round int) error {
		for i := range perSecond / 100 {
			select {
			case places <- struct{}{}:
			default:
				return nil
			}
			n, port := round*perSecond/100+i, 0
			if i%5 == 4 {
				port = 1
			}
			began.Add(1)
			working.Go(func() {
				defer func() { <-places }()
				if a.stranger(n, ports[port], configs[port], hellos[port]) {
					answered.Add(1)
				}
			})
		}
		return nil
	})
	a.close()
	working.Wait()
	return result(nil, "%d handshakes, %d of them answered", began.Load(), answered.Load())
}

// stranger makes a handshake, and says whether the host answers. An odd one stops there.
func (a *attacker) stranger(n int, port string, config *tls.Config, hello []byte) (answered bool) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: anywhere(n).AsSlice()}, Timeout: time.Second}
	raw, err := d.DialContext(a.ctx, "tcp", port)
	if err != nil {
		return false
	}
	defer raw.Close()
	a.track(raw)
	if n%2 == 1 {
		if _, err := raw.Write(hello); err != nil {
			return false
		}
		got, _ := raw.Read(make([]byte, 1))
		return got > 0
	}
	conn := tls.Client(raw, config)
	if conn.HandshakeContext(a.ctx) != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, conn)
	return true
}

// halfShaken begins handshakes and does not finish them.
func halfShaken(a *attacker) string {
	// A hello of 64 KiB in records of 16 KiB, of which the last bytes do not come.
	var raw []byte
	message := append([]byte{1, 0, 0xff, 0xff}, make([]byte, 0xfff0)...)
	for len(raw) < 60<<10 {
		raw = append(append(raw, 0x16, 3, 1, 0x40, 0), message[:16<<10]...)
		message = append(message[16<<10:], make([]byte, 16<<10)...)
	}
	var began atomic.Int64
	parallel(make([]*wire, 1000), func(i int, _ *wire) {
		a.pause(time.Duration(i) * time.Millisecond)
		to := a.clientPort(attacked)
		if i%10 == 9 {
			to = a.peerPort(attacked)
		}
		for !a.over() {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: anywhere(i % 40).AsSlice()}, Timeout: time.Second}
			conn, err := d.DialContext(a.ctx, "tcp", to.String())
			if err == nil {
				began.Add(1)
				a.track(conn)
				_, _ = conn.Write(raw)
				_, _ = io.Copy(io.Discard, conn)
				conn.Close()
			}
			a.pause(time.Second)
		}
	})
	return result(nil, "%d handshakes begun", began.Load())
}

// stolen floods over many connections with one certificate, and tries what its role does not allow.
func stolen(a *attacker) string {
	made := make([][]byte, 200)
	for i := range made {
		name := fmt.Sprint("stolen ", i)
		made[i] = (&stream{text: func(id uint64) []byte { return text(name, int(id)) }}).first(256 << 10)
	}
	all := a.clients(len(made), len(made))
	done := make(chan string)
	go func() { done <- a.overreach() }()
	parallel(all, func(i int, w *wire) { a.sendPrepared(w, made[i]) })
	said := <-done
	<-a.ctx.Done()
	return result(nil, "%d connections, %s MiB; %s", len(all), format(mebibytes(total(all))), said)
}

// overreach tries to survey and to follow, and to be a peer.
func (a *attacker) overreach() string {
	tries := 0
	for _, ask := range []*pzog.KeepAlive{{Version: 1, Survey: true}, {Version: 1, Follow: true}} {
		w, err := a.client(201)
		if err != nil {
			continue
		}
		tries++
		if err := w.send(frame.AppendKeepAlive(nil, ask, frame.ClientLimit)); err != nil {
			continue
		}
		for {
			f, err := w.next()
			if err != nil {
				break
			}
			if f.Kind == frame.Ack && f.Ack.Refused == "" && !f.Ack.Delta {
				a.fail("a certificate that may only send gets an answer to %v", ask)
			}
		}
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: anywhere(202).AsSlice()}, Timeout: time.Second}
	raw, err := d.DialContext(a.ctx, "tcp", a.peerPort(attacked).String())
	if err != nil {
		return result(err, "%d tries", tries)
	}
	a.track(raw)
	if conn, err := tlsconn.Dial(a.ctx, raw, a.certs.stolen.DialPeer(a.Name(attacked))); err == nil {
		w := newWire(conn)
		_ = w.send(frame.AppendKeepAlive(nil, a.keepAlive(false), frame.PeerLimit))
		if f, err := w.next(); err == nil {
			a.fail("a client is answered on the peer port: %+v", f)
		}
	}
	return result(nil, "%d tries beyond its role", tries+1)
}
