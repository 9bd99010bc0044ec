// Package neterr shortens errors of package net, for sentences that name the
// address already.
package neterr

import (
	"errors"
	"net"
	"os"
)

// Cause returns the cause of err without the call and the addresses that net and os
// put before it. Any other error is returned as it is.
func Cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err
}
