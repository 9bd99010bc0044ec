package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is a line of `go test -json`: of a test, of a package, or of a build.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of a build
	Test        string
	Output      string
	FailedBuild string
}

// testRun is the state of a run of `go test -json`, as far as its events have been read.
type testRun struct {
	running       map[string][]string // tests that have begun and not ended, by package
	failed        map[string][]string // the tests that failed, by package; subtests count for their test
	timedOut      map[string]bool     // packages whose time was up
	buildOutput   strings.Builder     // what the compiler said
	failedPackage string              // the first package that failed, or ""
	buildFailed   bool                // because it does not compile
}

func newTestRun() *testRun {
	return &testRun{running: make(map[string][]string), failed: make(map[string][]string), timedOut: make(map[string]bool)}
}

// maxTests is how many failed tests of a package are recorded.
const maxTests = 3

// read reads events until a package has failed or the input ends. A line that is no event is an
// error.
func (r *testRun) read(from io.Reader) error {
	in := json.NewDecoder(from)
	for r.failedPackage == "" {
		var e event
		err := in.Decode(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("go test -json: %w", err)
		}
		r.handle(&e)
	}
	return nil
}

func (r *testRun) handle(e *event) {
	switch e.Action {
	case "build-output":
		r.buildOutput.WriteString(e.Output)
	case "output":
		r.output(e)
	case "run":
		r.running[e.Package] = append(r.running[e.Package], e.Test)
	case "pass", "skip":
		r.finish(e)
	case "fail":
		r.finish(e)
		r.fail(e)
	}
}

// finish records that a test has ended.
func (r *testRun) finish(e *event) {
	r.running[e.Package] = slices.DeleteFunc(r.running[e.Package], func(test string) bool { return test == e.Test })
}

// output recognises the message that the testing package prints when a test times out.
func (r *testRun) output(e *event) {
	if strings.HasPrefix(e.Output, "panic: test timed out after ") {
		r.timedOut[e.Package] = true
	}
}

// fail records a failure. When a package fails without a failed test, because a goroutine panicked
// or the time is up, the running tests count as failed.
func (r *testRun) fail(e *event) {
	if e.Test != "" {
		r.addFailed(e.Package, e.Test)
		return
	}
	r.failedPackage, r.buildFailed = e.Package, e.FailedBuild != ""
	if len(r.failed[e.Package]) == 0 {
		for _, test := range r.running[e.Package] {
			r.addFailed(e.Package, test)
		}
	}
}

// addFailed records a failed test, unless maxTests are recorded.
func (r *testRun) addFailed(pkg, test string) {
	name, _, _ := strings.Cut(test, "/")
	if tests := r.failed[pkg]; len(tests) < maxTests && !slices.Contains(tests, name) {
		r.failed[pkg] = append(tests, name)
	}
}

// caught returns what caught a mutant, or nil if nothing has failed.
func (r *testRun) caught() *catch {
	if r.failedPackage == "" {
		return nil
	}
	return &catch{Package: trimModule(r.failedPackage), Tests: r.failed[r.failedPackage], Hangs: r.timedOut[r.failedPackage]}
}

// trimModule returns an import path without the path of the module.
func trimModule(pkg string) string { return strings.TrimPrefix(pkg, module+"/") }

const module = "xlattice.org/zog"
