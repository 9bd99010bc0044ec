package main

import (
	"strings"
	"time"
)

const (
	// chaosFolder has the chaos, and chaosTest is what it is called there.
	chaosFolder = "ringtest/chaos"
	chaosTest   = "TestLongChaos"
)

// How long the tests of one package may take, all tests of any package, and the
// chaos. One that hangs panics then and says where.
const (
	packageLimit = 5 * time.Minute
	allLimit     = 10 * time.Minute
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

// named is the first stage: the packages that a mutant names.
func named(ms []*Mutant) stage {
	return stage{
		checks: func(m *Mutant) (checks []check) {
			for _, p := range m.Try {
				checks = append(checks, goTest(p, m.Race, true))
			}
			return checks
		},
		sound: whole(ms),
	}
}

// whole returns the checks of all packages that mutants name, each once.
func whole(ms []*Mutant) (all []check) {
	seen := make(map[string]bool)
	for _, m := range ms {
		for _, p := range m.Try {
			c := goTest(p, m.Race, true)
			if key := strings.Join(c.args, " "); !seen[key] {
				seen[key] = true
				all = append(all, c)
			}
		}
	}
	return all
}

// rest is the second stage, for what the packages did not see: all tests.
func rest() stage {
	return stage{checks: func(*Mutant) []check { return []check{allTests()} }, sound: []check{allTests()}}
}

// last is the third stage, for what the tests did not see.
func last() stage {
	return stage{checks: func(*Mutant) []check { return []check{chaos()} }, sound: []check{chaos()}}
}
