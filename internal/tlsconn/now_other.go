//go:build !unix

package tlsconn

import "net"

// readsNow returns a nowReader of a connection.
func readsNow(conn net.Conn) nowReader {
	if now, ok := conn.(nowReader); ok {
		return now
	}
	return noneNow{}
}
