package survey

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/neterr"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages/pzog"
)

const (
	// maxMarks is how many marks of a host we take (I6).
	maxMarks = 1 << 17
	// writePiece is how much of a question is written at once, in bytes: a host that
	// takes a long one slowly is not silent.
	writePiece = 32 << 10
	// maxDetail is how much of a host's reason is shown, in bytes.
	maxDetail = 100
)

// Dialler opens a connection, as net.Dialer does.
type Dialler func(ctx context.Context, network, address string) (net.Conn, error)

// Host is a host that is asked over its client port. Whoever made it closes it.
type Host struct {
	name, address string
	dial          Dialler
	conn          net.Conn
	buf           []byte
	patience
}

// Times are how long a host is waited for.
type Times struct {
	// Silence is how long it may take to accept, and say nothing while it owes an answer.
	Silence time.Duration
	// Answer is how long it may give signs of life before an answer begins.
	Answer time.Duration
}

// NewHost returns the host of this name in the ring, at an address with a port.
// It is dialled when it is asked for the first time. It is given up when it is not
// there in time.
func NewHost(name, address string, t Times, dial Dialler) *Host {
	return &Host{name: name, address: address, dial: dial, patience: patience{silence: t.Silence, answerLimit: t.Answer}}
}

// Name returns the host's name in the ring.
func (h *Host) Name() string { return h.name }

// Close ends the connection.
func (h *Host) Close() error {
	if h.conn == nil {
		return nil
	}
	err := h.conn.Close()
	h.conn, h.buf = nil, nil
	return err
}

// Held asks for the host's marks.
func (h *Host) Held(ctx context.Context) ([]marks.Mark, error) {
	answer, err := h.ask(ctx, nil, maxMarks)
	if err != nil {
		return nil, err
	}
	held := make([]marks.Mark, 0, len(answer))
	for _, m := range answer {
		if !record.ValidRun(m.Origin, m.Boot) {
			return nil, errNonsense
		}
		if m.Seq > 0 {
			run := marks.Run{Origin: m.Origin, Boot: m.Boot}
			held = append(held, marks.Mark{Run: run, Seq: m.Seq, First: max(m.First, 1)})
		}
	}
	return held, nil
}

// Digests asks for the digests of some ranges.
func (h *Host) Digests(ctx context.Context, ranges []marks.Mark) ([]verify.Digest, error) {
	question := make([]*pzog.Mark, len(ranges))
	for i, r := range ranges {
		question[i] = &pzog.Mark{Origin: r.Origin, Boot: r.Boot, Seq: r.Seq, First: r.First}
	}
	answer, err := h.ask(ctx, question, len(question))
	if err != nil {
		return nil, err
	}
	same := func(q, a *pzog.Mark) bool {
		return q.Origin == a.Origin && q.Boot == a.Boot && q.Seq == a.Seq && q.First == a.First
	}
	if !slices.EqualFunc(question, answer, same) {
		return nil, errNonsense
	}
	digests := make([]verify.Digest, len(answer))
	for i, a := range answer {
		digests[i] = verify.Digest(a.Digest)
	}
	return digests, nil
}

// Why a host gives no answer. They go on behind its name.
var (
	errNonsense = errors.New("answers what was not asked")
	errSilent   = errors.New("has said nothing")
	errEndless  = errors.New("answers without end")
	errEnded    = errors.New("has ended the connection; its error.log may say why")
)

func (h *Host) silent() error { return fmt.Errorf("%w for %v", errSilent, h.silence) }

// ask asks a question, over a new connection if the old one has ended since the
// last: hosts close connections when they stop, and when parts of them restart. The
// answer has most marks at the most.
func (h *Host) ask(ctx context.Context, question []*pzog.Mark, most int) ([]*pzog.Mark, error) {
	used := h.conn != nil
	answer, err := h.askOnce(ctx, question, most)
	if used && errors.Is(err, errEnded) && ctx.Err() == nil {
		answer, err = h.askOnce(ctx, question, most)
	}
	return answer, err
}

// try asks once. A connection on which something went wrong is closed.
func (h *Host) askOnce(ctx context.Context, question []*pzog.Mark, most int) ([]*pzog.Mark, error) {
	if h.conn == nil {
		if err := h.connect(ctx); err != nil {
			return nil, err
		}
	}
	conn := h.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	answer, err := h.exchange(question, most)
	if !stop() {
		err = ctx.Err() // whatever the closing looked like
	}
	if err != nil {
		_ = h.Close() // what went wrong is known already
		return nil, err
	}
	return answer, nil
}

func (h *Host) connect(ctx context.Context) error {
	soon, cancel := context.WithTimeout(ctx, h.silence)
	defer cancel()
	conn, err := h.dial(soon, "tcp", h.address)
	switch {
	case err == nil:
		h.conn = conn
		return nil
	case soon.Err() != nil && ctx.Err() == nil:
		return fmt.Errorf("is not reachable at %s: no answer for %v", h.address, h.silence)
	}
	return fmt.Errorf("is not reachable at %s: %w", h.address, neterr.Cause(err))
}

// exchange says the question and returns the answer.
func (h *Host) exchange(question []*pzog.Mark, most int) ([]*pzog.Mark, error) {
	if err := h.send(&pzog.KeepAlive{Version: 1, Survey: true, Marks: question}); err != nil {
		return nil, err
	}
	h.begin(time.Now())
	var answer []*pzog.Mark
	for {
		ack, err := h.nextAck()
		if err != nil {
			return nil, err
		}
		switch {
		case ack.Refused != "":
			return nil, fmt.Errorf("refuses the connection: %s", ack.Refused)
		case ack.Host != h.name:
			return nil, errors.New("answers under another name")
		case ack.Delta:
			h.addSign()
			continue
		case len(answer)+len(ack.Marks) > most, ack.More && len(ack.Marks) == 0:
			return nil, errEndless
		}
		h.addPart(time.Now(), len(ack.Marks))
		if answer = append(answer, ack.Marks...); !ack.More {
			return answer, nil
		}
	}
}

// say writes a KeepAlive, as many frames as it takes.
func (h *Host) send(k *pzog.KeepAlive) error {
	for piece := range slices.Chunk(frame.AppendKeepAlive(nil, k, frame.ClientLimit), writePiece) {
		if err := h.conn.SetWriteDeadline(time.Now().Add(h.silence)); err != nil {
			return brokenOff(err)
		}
		_, err := h.conn.Write(piece)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return h.silent()
		case err != nil:
			return brokenOff(err)
		}
	}
	h.lastSent = time.Now()
	return nil
}

// next returns the next Ack.
func (h *Host) nextAck() (*pzog.Ack, error) {
	for {
		body, n, err := frame.Split(h.buf, frame.ClientLimit)
		if err != nil {
			return nil, fmt.Errorf("is not a zog: %w", err)
		}
		if n == 0 {
			if err := h.read(); err != nil {
				return nil, err
			}
			continue
		}
		var f frame.Frame
		if err := frame.Decode(body, &f); err != nil {
			return nil, fmt.Errorf("is not a zog: %w", err)
		}
		h.buf = h.buf[n:]
		switch {
		case f.Kind == frame.OkKind && f.Ok.ID == 0 && f.Ok.Refusal == pzog.Refusal_OVERLOADED:
			return nil, busy(f.Ok.Detail)
		case f.Kind != frame.Ack:
			return nil, errNonsense
		}
		return f.Ack, nil
	}
}

// busy says that a host answers no more surveys for now, and why.
func busy(detail string) error {
	return fmt.Errorf("is busy: %s", record.Escape(nil, []byte(detail[:min(len(detail), maxDetail)])))
}

// read reads more, and gives signs of life while there is nothing.
func (h *Host) read() error {
	piece := make([]byte, 32<<10)
	for {
		if err := h.conn.SetReadDeadline(h.alarm()); err != nil {
			return brokenOff(err)
		}
		n, err := h.conn.Read(piece)
		switch {
		case n > 0:
			h.buf = append(h.buf, piece[:n]...)
			return h.received(time.Now())
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return brokenOff(err)
		case h.expired(time.Now()):
			return h.silent()
		}
		if err := h.send(&pzog.KeepAlive{Version: 1}); err != nil {
			return err
		}
	}
}

// brokenOff says what it means that the connection has failed.
func brokenOff(err error) error {
	return fmt.Errorf("%w: %w", errEnded, neterr.Cause(err))
}
