package tlsconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Policy is what an accepting side takes.
type Policy struct {
	TLS    *tls.Config
	Plain  bool          // plain text is taken too
	Within time.Duration // how long the handshake may take
	// Turn waits until the handshake of a side that has said hello may go on: what follows takes
	// processor time. It ends early when closed is. Nil does not wait.
	Turn func(closed <-chan struct{}, until time.Time) error
	// Done is called when the handshake has succeeded, or when plain text has come that is taken. Its
	// error is that of the first Read.
	Done func(*Conn) error
}

// maxHandshake is how many bytes of the other side a handshake may have. crypto/tls takes many times
// as much, and keeps it.
const maxHandshake = 32 << 10

// Conn is a connection with TLS or without. Read and Write may be called by one goroutine each,
// and the other methods by any.
type Conn struct {
	line   *line
	policy *Policy // nil on the dialling side
	once   sync.Once
	err    error  // of the handshake
	first  []byte // came before it was known that the other side speaks plain text
	closed chan struct{}
	close  sync.Once

	writing sync.Mutex // held by Write
	taken   int        // bytes at the front of the next Write that TLS has taken already

	mu            sync.Mutex
	phase         phase
	tls           *tls.Conn // nil unless phase is secure
	read, written time.Time // deadlines that are to hold after the handshake
}

// phase is how far a Conn has come.
type phase int

const (
	silent  phase = iota // nothing has come
	shaking              // the handshake is under way, or has failed
	plain
	secure
)

// Failure is the error of a handshake that fails for what the other side is or sends, and of a
// Read that finds out that the other side has refused the handshake.
type Failure struct{ Err error }

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Failures of handshakes.
var (
	ErrPlain   = errors.New("plain text where TLS is wanted")
	ErrTimeout = errors.New("no TLS handshake in time")
)

// Accept returns a connection over one that was accepted, which it owns.
func Accept(raw net.Conn, p Policy) *Conn {
	return &Conn{line: &line{Conn: raw}, policy: &p, closed: make(chan struct{})}
}

// Dial makes the handshake of the dialling side over a connection that was dialled, which it
// owns. If it returns an error, the connection is closed.
func Dial(ctx context.Context, raw net.Conn, config *tls.Config) (*Conn, error) {
	c := &Conn{line: &line{Conn: raw}, phase: secure}
	c.tls = tls.Client(c.line, config)
	c.once.Do(func() {})
	if err := c.tls.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, failure(err)
	}
	return c, nil
}

// failure makes an error a Failure unless it only says that the connection has ended.
func failure(err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Failure{ErrTimeout}
	case errors.As(err, &op) && op.Op != "remote error" && op.Op != "local error":
		return err
	}
	return &Failure{err}
}

// Handshake waits until the other side has said whether it speaks TLS, and makes the handshake if
// so. The first Read does the same.
func (c *Conn) Handshake() error {
	c.once.Do(func() {
		limit := time.Now().Add(c.policy.Within)
		if err := c.line.SetDeadline(limit); err != nil {
			c.err = err
			return
		}
		if c.err = c.handshake(limit); c.err != nil {
			return
		}
		c.err = c.policy.Done(c)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = errors.Join(c.err, c.line.SetReadDeadline(c.read), c.line.SetWriteDeadline(c.written))
	})
	return c.err
}

// tlsRecord is how a TLS connection begins. No frame of zog does: its second byte would be the
// tag of a field with number 0.
var tlsRecord = [2]byte{0x16, 0x03}

// IsTLS reports whether these are the first bytes of a connection that speaks TLS.
func IsTLS(first []byte) bool {
	return len(first) >= 2 && first[0] == tlsRecord[0] && first[1] == tlsRecord[1]
}

func (c *Conn) handshake(limit time.Time) error {
	first, err := c.peek()
	if err != nil {
		return failure(err)
	}
	if !IsTLS(first) {
		c.first = first
		c.enter(plain)
		if !c.policy.Plain {
			return &Failure{ErrPlain}
		}
		return nil
	}
	c.enter(shaking)
	from := &replayed{line: c.line, first: first, left: maxHandshake}
	t := tls.Server(from, c.inTurn(limit))
	if err := t.Handshake(); err != nil {
		err = failure(err)
		c.linger()
		return err
	}
	from.left = unlimited
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tls, c.phase = t, secure
	return nil
}

// inTurn returns the configuration for a handshake that waits for its turn once the hello has come.
// What does not come takes nobody's turn.
func (c *Conn) inTurn(limit time.Time) *tls.Config {
	if c.policy.Turn == nil {
		return c.policy.TLS
	}
	config := c.policy.TLS.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if err := c.policy.Turn(c.closed, limit); err != nil {
			return nil, err
		}
		if c.policy.TLS.GetConfigForClient == nil {
			return nil, nil
		}
		return c.policy.TLS.GetConfigForClient(hello)
	}
	return config
}

// peek reads until it is known whether the other side speaks TLS.
func (c *Conn) peek() ([]byte, error) {
	first := make([]byte, 2)
	n, err := io.ReadAtLeast(c.line, first, 1)
	if err == nil && n == 1 && first[0] == tlsRecord[0] {
		_, err = io.ReadFull(c.line, first[1:])
		n = 2
	}
	if err != nil {
		return nil, err
	}
	return first[:n], nil
}

func (c *Conn) enter(p phase) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase = p
}

// lingering bounds the wait for a side whose handshake has failed to close the connection.
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 64 << 10
)

// linger reads what the other side still sends after its handshake has failed. If the connection
// was closed before, the other side could lose the alert that says why.
func (c *Conn) linger() {
	half, ok := c.line.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.line.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, c.line.Conn, lingerBytes)
}

// replayed is a line whose first bytes were read already.
type replayed struct {
	*line
	first []byte
	left  int // bytes that may come; unlimited after the handshake
}

const unlimited = -1

var errTooLong = errors.New("a TLS handshake that is too long")

// Read implements net.Conn.
func (r *replayed) Read(b []byte) (int, error) {
	if r.left == unlimited {
		return r.line.Read(b)
	}
	if r.left == 0 {
		return 0, errTooLong
	}
	n, err := r.read(b[:min(len(b), r.left)])
	r.left -= n
	return n, err
}

func (r *replayed) read(b []byte) (int, error) {
	if len(r.first) == 0 {
		return r.line.Read(b)
	}
	n := copy(b, r.first)
	r.first = r.first[n:]
	return n, nil
}

// Read implements net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	if err := c.Handshake(); err != nil {
		return 0, err
	}
	if c.tls == nil {
		if len(c.first) > 0 {
			n := copy(b, c.first)
			c.first = c.first[n:]
			return n, nil
		}
		return c.line.Conn.Read(b)
	}
	n, err := c.tls.Read(b)
	switch {
	case err == nil:
		n = c.readOn(b, n)
	case !errors.Is(err, os.ErrDeadlineExceeded):
		err = failure(err)
	}
	return n, err
}

// writePiece is how many bytes are encrypted before they are written.
const writePiece = 64 << 10

// Write implements net.Conn. Before the other side has spoken, what is written is dropped unless
// plain text is taken: it can only be why the connection ends. So is what is written while the
// handshake is under way, and after it has failed, and what is written while another Write is under
// way.
//
// After os.ErrDeadlineExceeded the next Write begins with the bytes that were not written.
func (c *Conn) Write(b []byte) (n int, err error) {
	c.mu.Lock()
	to, now := c.tls, c.phase
	c.mu.Unlock()
	switch {
	case now == plain, now == silent && c.policy.Plain:
		return c.line.Conn.Write(b)
	case now != secure:
		return len(b), nil
	}
	if !c.writing.TryLock() {
		return len(b), nil
	}
	defer c.writing.Unlock()
	// What TLS has taken counts as written once it is flushed. Otherwise nobody would write again,
	// and the end of it would stay here.
	for n = min(c.taken, len(b)); ; {
		if err := c.line.flush(); err != nil {
			return max(0, n-c.taken), err
		}
		if c.taken = 0; n == len(b) {
			return n, nil
		}
		piece := b[n:min(len(b), n+writePiece)]
		c.line.begin(len(piece))
		c.taken, err = to.Write(piece)
		c.line.end()
		if n += c.taken; err != nil {
			return n - c.taken, err
		}
	}
}

// CloseWrite closes the writing side: the other side reads what was written, and then io.EOF.
func (c *Conn) CloseWrite() error {
	c.mu.Lock()
	to := c.tls
	c.mu.Unlock()
	if to != nil {
		return to.CloseWrite()
	}
	half, ok := c.line.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// Close implements net.Conn. It never blocks. It sends no alert: what frames say and not the
// end of a connection says what has come.
func (c *Conn) Close() error {
	if c.closed != nil {
		c.close.Do(func() { close(c.closed) })
	}
	return c.line.Conn.Close()
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.line.LocalAddr() }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.line.RemoteAddr() }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline implements net.Conn. The handshake has a deadline of its own.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read = t; c.phase == silent || c.phase == shaking {
		return nil
	}
	return c.line.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn. The handshake has a deadline of its own.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.written = t; c.phase == shaking {
		return nil
	}
	return c.line.SetWriteDeadline(t)
}

// Secure reports whether the connection is TLS, with the handshake done.
func (c *Conn) Secure() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phase == secure
}

// Pending reports whether the handshake is not done yet, or has failed.
func (c *Conn) Pending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phase == silent || c.phase == shaking
}

// State returns what the handshake has agreed on; the zero value unless Secure.
func (c *Conn) State() tls.ConnectionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tls == nil {
		return tls.ConnectionState{}
	}
	return c.tls.ConnectionState()
}

// Certificates returns the certificates of the other side; none if it has none.
func (c *Conn) Certificates() []*x509.Certificate { return c.State().PeerCertificates }

// SetWriteBuffer limits what the kernel holds of what was written, if it can.
func (c *Conn) SetWriteBuffer(bytes int) error {
	if conn, ok := c.line.Conn.(interface{ SetWriteBuffer(bytes int) error }); ok {
		return conn.SetWriteBuffer(bytes)
	}
	return errors.ErrUnsupported
}
