//go:build !unix

package main

import "os/exec"

// group does nothing: there are no process groups here.
func group(*exec.Cmd) {}

// killGroup ends a command that was started. What that has started is left.
func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }
