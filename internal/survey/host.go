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
	// maxMarks is how many marks of a host are accepted (I6).
	maxMarks = 1 << 17
	// writePiece is how many bytes of a question are written with one deadline: a host
	// that reads a long question slowly is not silent.
	writePiece = 32 << 10
	// maxDetail is how many bytes of a host's reason are shown.
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

// Times are the longest waits for a host.
type Times struct {
	// Silence is how long it may take to accept, and to send a byte while an answer is due.
	Silence time.Duration
	// Answer is how long it may send signs of life before its answer begins.
	Answer time.Duration
}

// NewHost returns the host of this name in the ring, at an address with a port. It is
// dialled with the first question.
func NewHost(name, address string, t Times, dial Dialler) *Host {
	return &Host{name: name, address: address, dial: dial, patience: patience{silence: t.Silence, answerLimit: t.Answer}}
}

// Name returns the host's name in the ring.
func (h *Host) Name() string { return h.name }

// Close closes the connection.
func (h *Host) Close() error {
	if h.conn == nil {
		return nil
	}
	err := h.conn.Close()
	h.conn, h.buf = nil, nil
	return err
}

// Held implements Source. It asks for the marks of the host.
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

// Digests implements Source.
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

// Why a host gives no answer. The texts continue after its name.
var (
	errNonsense = errors.New("answers what was not asked")
	errSilent   = errors.New("has said nothing")
	errEndless  = errors.New("answers without end")
	errEnded    = errors.New("has ended the connection; its error.log may say why")
)

func (h *Host) silent() error { return fmt.Errorf("%w for %v", errSilent, h.silence) }

// ask asks a question. If the connection of an earlier question has ended it tries
// once more over a new one: hosts close connections when they stop, and when parts of
// them restart. most is how many marks the answer may have.
func (h *Host) ask(ctx context.Context, question []*pzog.Mark, most int) ([]*pzog.Mark, error) {
	used := h.conn != nil
	answer, err := h.askOnce(ctx, question, most)
	if used && errors.Is(err, errEnded) && ctx.Err() == nil {
		answer, err = h.askOnce(ctx, question, most)
	}
	return answer, err
}

// askOnce asks once. It closes the connection after an error.
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
		err = ctx.Err() // the error of a closed connection says nothing
	}
	if err != nil {
		_ = h.Close() // the first error counts
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

// exchange sends the question and returns the answer.
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

// send writes a KeepAlive, in as many frames as needed.
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

// nextAck returns the next Ack.
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

// busy says that a host does not answer surveys for now, and why.
func busy(detail string) error {
	return fmt.Errorf("is busy: %s", record.Escape(nil, []byte(detail[:min(len(detail), maxDetail)])))
}

// read reads more bytes, and sends a sign of life whenever none come for a while.
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

// brokenOff returns the error for a failed connection.
func brokenOff(err error) error {
	return fmt.Errorf("%w: %w", errEnded, neterr.Cause(err))
}
