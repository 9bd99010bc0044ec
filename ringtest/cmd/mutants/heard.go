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

// heard is what a run of `go test -json` has said so far.
type heard struct {
	running map[string][]string // tests that have begun and not ended, by package
	failed  map[string][]string // the tests that failed, by package; subtests count for their test
	hung    map[string]bool     // packages whose time was up
	builds  strings.Builder     // what the compiler said
	pkg     string              // the first package that failed, or ""
	unbuilt bool                // because it does not compile
}

func newHeard() *heard {
	return &heard{running: make(map[string][]string), failed: make(map[string][]string), hung: make(map[string]bool)}
}

// maxTests is how many failed tests are named.
const maxTests = 3

// listen reads events until a package has failed or there are no more. Lines
// that are no events are an error.
func (h *heard) listen(from io.Reader) error {
	in := json.NewDecoder(from)
	for h.pkg == "" {
		var e event
		err := in.Decode(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("go test -json: %w", err)
		}
		h.take(&e)
	}
	return nil
}

func (h *heard) take(e *event) {
	switch e.Action {
	case "build-output":
		h.builds.WriteString(e.Output)
	case "output":
		h.output(e)
	case "run":
		h.running[e.Package] = append(h.running[e.Package], e.Test)
	case "pass", "skip":
		h.end(e)
	case "fail":
		h.end(e)
		h.fail(e)
	}
}

// end notes that a test is over.
func (h *heard) end(e *event) {
	h.running[e.Package] = slices.DeleteFunc(h.running[e.Package], func(test string) bool { return test == e.Test })
}

// output looks for the testing package's own words when a binary's time is up.
func (h *heard) output(e *event) {
	if strings.HasPrefix(e.Output, "panic: test timed out after ") {
		h.hung[e.Package] = true
	}
}

// fail notes a failure. A package may fail without one of its tests, when a
// goroutine panics or its time is up: then it is the tests that were running.
func (h *heard) fail(e *event) {
	if e.Test != "" {
		h.add(e.Package, e.Test)
		return
	}
	h.pkg, h.unbuilt = e.Package, e.FailedBuild != ""
	if len(h.failed[e.Package]) == 0 {
		for _, test := range h.running[e.Package] {
			h.add(e.Package, test)
		}
	}
}

// add notes a test that failed, if there is room for it.
func (h *heard) add(pkg, test string) {
	name, _, _ := strings.Cut(test, "/")
	if tests := h.failed[pkg]; len(tests) < maxTests && !slices.Contains(tests, name) {
		h.failed[pkg] = append(tests, name)
	}
}

// caught returns what caught a mutant, or nil if nothing has failed.
func (h *heard) caught() *catch {
	if h.pkg == "" {
		return nil
	}
	return &catch{Package: short(h.pkg), Tests: h.failed[h.pkg], Hangs: h.hung[h.pkg]}
}

// short is an import path without that of the module.
func short(pkg string) string { return strings.TrimPrefix(pkg, module+"/") }

const module = "xlattice.org/zog"
