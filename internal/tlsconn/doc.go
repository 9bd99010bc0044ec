// Package tlsconn has connections that may be TLS.
//
// An accepted [Conn] decides with the first bytes that come whether the other side speaks TLS,
// and makes the handshake in the goroutine that reads first. So whoever accepts connections does
// not wait for anybody.
//
// Deadlines of writes work as with TCP: after one has passed, Write may be called again with what
// was not written. A tls.Conn alone is unusable from then on.
package tlsconn
