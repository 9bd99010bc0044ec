package main

import (
	"slices"
	"time"
)

const (
	// chaosFolder has the chaos, and chaosTest is what it is called there.
	chaosFolder = "ringtest/chaos"
	chaosTest   = "TestChaos"
)

// How long the tests of one package may take, all tests of any package, and the
// chaos. One that hangs panics then and says where.
const (
	packageLimit = 2 * time.Minute
	allLimit     = 5 * time.Minute
	chaosLimit   = 15 * time.Minute
)

// check is a run of `go test`.
type check struct {
	what  string   // for people
	args  []string // of go, without -json and -timeout
	limit time.Duration
	alone bool // it may start programs that listen on real ports
}

// goTest returns the check of a package. If it need not be fresh, the go command
// may know its result from an equal state of the copy.
func goTest(pkg string, race, fresh bool) check {
	c := check{what: "the tests of " + pkg, args: []string{"test", "-failfast"}, limit: packageLimit}
	if fresh {
		c.args = append(c.args, "-count=1")
	}
	if race {
		c.args = append(c.args, "-race")
	}
	c.args = append(c.args, pkg)
	return c
}

// allTests is the check of everything in the copy, in which this package is not:
// its tests would fail for any mutant. A mutant leaves most tests as they were,
// and these are not run again.
func allTests() check {
	c := goTest("./...", false, false)
	c.what, c.limit, c.alone = "all tests", allLimit, true
	return c
}

func chaos() check {
	return check{
		what:  "the chaos",
		args:  []string{"test", "-count=1", "-run", chaosTest, "./" + chaosFolder},
		limit: chaosLimit, alone: true,
	}
}

// stage is a part of the trial: what is to be tried, with what, and what the copy
// must pass before, as it is.
type stage struct {
	checks func(*Mutant) []check
	sound  []check
}

// tests is the first stage: the packages that a mutant names, and all others.
func tests(ms []*Mutant) stage {
	return stage{
		checks: func(m *Mutant) []check {
			var named []check
			for _, p := range m.Try {
				named = append(named, goTest(p, m.Race, true))
			}
			return append(named, allTests())
		},
		sound: append(raced(ms), allTests()),
	}
}

// raced returns the checks of the packages that are tried with the race detector.
func raced(ms []*Mutant) []check {
	var all []check
	var seen []string
	for _, m := range ms {
		for _, p := range m.Try {
			if m.Race && !slices.Contains(seen, p) {
				seen = append(seen, p)
				all = append(all, goTest(p, true, true))
			}
		}
	}
	return all
}

// last is the second stage, for what the tests did not see.
func last() stage {
	return stage{checks: func(*Mutant) []check { return []check{chaos()} }, sound: []check{chaos()}}
}
