//go:build !linux

package main

import (
	"errors"
	"os"
	"os/exec"
)

func start(*exec.Cmd) (*os.File, error) { return nil, errors.New("a recording needs Linux") }

// kill has nothing to end: nothing starts.
func kill(*exec.Cmd) error { return nil }
