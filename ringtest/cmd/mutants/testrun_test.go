package main

import (
	"reflect"
	"strings"
	"testing"
)

// The lines are those of go test -json, shortened.
func TestListen(t *testing.T) {
	const pkg = `"Package":"xlattice.org/zog/internal/a"`
	for _, c := range []struct {
		name    string
		lines   []string
		want    *catch
		unbuilt bool
	}{
		{"all is well", []string{
			`{"Action":"start",` + pkg + `}`, `{"Action":"pass",` + pkg + `,"Test":"TestA"}`,
			`{"Action":"skip",` + pkg + `,"Test":"TestB"}`, `{"Action":"pass",` + pkg + `}`,
		}, nil, false},
		{"a test of another package meanwhile", []string{
			`{"Action":"fail","Package":"xlattice.org/zog/b","Test":"TestOther"}`,
			`{"Action":"fail",` + pkg + `,"Test":"TestA"}`, `{"Action":"fail",` + pkg + `}`,
		}, &catch{Package: "internal/a", Tests: []string{"TestA"}}, false},
		{"subtests count once, and no more than three tests", []string{
			`{"Action":"fail",` + pkg + `,"Test":"TestA/one/two"}`, `{"Action":"fail",` + pkg + `,"Test":"TestA"}`,
			`{"Action":"fail",` + pkg + `,"Test":"TestB"}`, `{"Action":"fail",` + pkg + `,"Test":"TestC"}`,
			`{"Action":"fail",` + pkg + `,"Test":"TestD"}`, `{"Action":"fail",` + pkg + `}`,
		}, &catch{Package: "internal/a", Tests: []string{"TestA", "TestB", "TestC"}}, false},
		{"its time is up", []string{
			`{"Action":"run",` + pkg + `,"Test":"TestB"}`, `{"Action":"pass",` + pkg + `,"Test":"TestB"}`,
			`{"Action":"run",` + pkg + `,"Test":"TestA"}`, `{"Action":"run",` + pkg + `,"Test":"TestA/one"}`,
			`{"Action":"output",` + pkg + `,"Test":"TestA","Output":"panic: test timed out after 1m30s\n"}`,
			`{"Action":"fail",` + pkg + `}`,
		}, &catch{Package: "internal/a", Tests: []string{"TestA"}, Hangs: true}, false},
		{"without a test", []string{`{"Action":"fail",` + pkg + `}`}, &catch{Package: "internal/a"}, false},
		{"it does not compile", []string{
			`{"ImportPath":"xlattice.org/zog/internal/a","Action":"build-output","Output":"a.go:1: no\n"}`,
			`{"ImportPath":"xlattice.org/zog/internal/a","Action":"build-fail"}`,
			`{"Action":"fail",` + pkg + `,"FailedBuild":"xlattice.org/zog/internal/a"}`,
		}, &catch{Package: "internal/a"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newTestRun()
			if err := h.read(strings.NewReader(strings.Join(c.lines, "\n"))); err != nil {
				t.Fatal(err)
			}
			if got := h.caught(); !reflect.DeepEqual(got, c.want) || h.buildFailed != c.unbuilt {
				t.Errorf("%v, %v, want %v, %v", got, h.buildFailed, c.want, c.unbuilt)
			}
			if c.unbuilt && h.buildOutput.String() != "a.go:1: no\n" {
				t.Errorf("the compiler said %q", h.buildOutput.String())
			}
		})
	}
}

// Nothing is read behind the first package that failed, and what is no event is
// an error.
func TestListenEnds(t *testing.T) {
	h := newTestRun()
	if err := h.read(strings.NewReader(`{"Action":"fail","Package":"a"} nonsense`)); err != nil {
		t.Error(err)
	}
	if err := newTestRun().read(strings.NewReader("go: no such package\n")); err == nil {
		t.Error("nonsense is taken for events")
	}
}
