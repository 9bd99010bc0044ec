//go:build !linux

package main

import "time"

func exactSleep() (release func()) { return func() {} }

func blockFor(d time.Duration) { time.Sleep(d) }
