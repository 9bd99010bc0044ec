package main

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/test/daemons"
)

// anotherRing runs a host of another ring at the address of a host of this one, and sends it messages.
func anotherRing(a *attacker) string {
	dir := filepath.Join(a.Dir, "another")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return result(err, "nothing")
	}
	cfg := *a.Ring.Ring
	cfg.Ring = "another"
	ring, err := daemons.New(dir, a.zog, &cfg)
	if err != nil {
		return result(err, "nothing")
	}
	defer ring.Clear()
	if err := errors.Join(ring.OnlyDefaults(), ring.Start(a.ctx, liar)); err != nil {
		return result(err, "nothing")
	}
	c, err := a.clientOf(liar)
	if err != nil {
		return result(err, "nothing")
	}
	defer c.Close()
	sum, err := c.SendAll(a.ctx, strangers(), func(client.Result) {})
	<-a.ctx.Done()
	for i := range a.Hosts[:liar] {
		if n := mentions(a.LogDir(a.Name(i)), "stranger "); n > 0 {
			a.fail("%s has %d texts of the other ring", a.Name(i), n)
		}
	}
	if n := mentions(ring.LogDir(a.Name(liar)), "honest "); n > 0 {
		a.fail("the other ring has %d texts of this", n)
	}
	return result(err, "the other ring took %d messages", sum.Acknowledged)
}

// strangers yields texts for the other ring.
func strangers() iter.Seq[string] {
	var all []string
	for i := range 100 {
		all = append(all, fmt.Sprint("stranger ", i))
	}
	return slices.Values(all)
}

// mentions counts how often a text occurs in the access log in a directory.
func mentions(dir, text string) (n int) {
	segments, _ := filepath.Glob(filepath.Join(dir, "access.log*"))
	for _, name := range segments {
		if data, err := os.ReadFile(name); err == nil {
			n += bytes.Count(data, []byte(text))
		}
	}
	return n
}
