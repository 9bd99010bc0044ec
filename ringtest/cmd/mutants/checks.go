package main

import (
	"strings"
	"time"
)

const (
	// The folder of the chaos test, and its name.
	chaosFolder = "ringtest/chaos"
	chaosTest   = "TestLongChaos"
)

// Time limits for the tests of one package, for each package when all tests run, and for chaos.
// A test that hangs panics then and prints where.
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

// goTest returns the check of a package. Unless it is fresh, the go command may use a cached result.
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

// allTests returns the check of the whole copy. The copy is without this package, whose tests
// would fail for any mutant. Tests that the mutant does not affect come from the cache.
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

// stage is a part of the trial: the checks of a mutant, and the checks that the unchanged copy
// must pass first.
type stage struct {
	checks   func(*Mutant) []check
	baseline []check
}

// packageStage returns the first stage: the tests of the packages that a mutant names.
func packageStage(ms []*Mutant) stage {
	return stage{
		checks: func(m *Mutant) (checks []check) {
			for _, p := range m.Try {
				checks = append(checks, goTest(p, m.Race, true))
			}
			return checks
		},
		baseline: baseline(ms),
	}
}

// baseline returns the checks of all packages that mutants name, each once.
func baseline(ms []*Mutant) (all []check) {
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

// allTestsStage returns the second stage, for mutants that survive the first: all tests.
func allTestsStage() stage {
	return stage{checks: func(*Mutant) []check { return []check{allTests()} }, baseline: []check{allTests()}}
}

// chaosStage returns the third stage, for mutants that survive all tests.
func chaosStage() stage {
	return stage{checks: func(*Mutant) []check { return []check{chaos()} }, baseline: []check{chaos()}}
}
