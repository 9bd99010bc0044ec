// Package neterr makes errors of the package net short enough to stand in a
// sentence that names the address already.
package neterr

import (
	"errors"
	"net"
	"os"
)

// Cause returns err without what is said beside it: which call on which
// addresses has failed. An error that says no such things is returned as it is.
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
