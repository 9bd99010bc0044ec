package faultnet

import (
	"errors"
	"io"
	"net"
)

// explain wraps an error as package net does, except io.EOF.
func explain(op string, c net.Conn, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "fault", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// cause returns the error that explain or package net has wrapped.
func cause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
