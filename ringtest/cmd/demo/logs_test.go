package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestJudge(t *testing.T) {
	a, b, c := "1 MV.1.1 a\r\n", "1 MV.1.2 b\r\n", "1 LA.1.1 c\r\n"
	names := []string{"MV", "LA"}
	for _, test := range []struct {
		name string
		logs [][]string
		want int
		bad  []string
	}{
		{"the same", [][]string{{a, b, c}, {a, b, c}}, 3, nil},
		{"in another order", [][]string{{a, b, c}, {c, a, b}}, 3, nil},
		{"one more than acknowledged", [][]string{{a, b, c}, {c, a, b}}, 2, nil},
		{"one lacks one", [][]string{{a, b, c}, {a, b}}, 2, []string{"the logs of MV and LA differ"}},
		{"both lack one", [][]string{{a, b}, {a, b}}, 3, []string{
			"MV has 2 lines, but 3 messages were acknowledged", "LA has 2 lines, but 3 messages were acknowledged"}},
		{"one twice", [][]string{{a, a, b}, {a, a, b}}, 2, []string{
			"MV has 1 lines more than once", "LA has 1 lines more than once"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if v := compareLogs(names, test.logs, test.want); !slices.Equal(v.faults, test.bad) {
				t.Errorf("got %q, want %q", v.faults, test.bad)
			}
		})
	}
}

func TestAccess(t *testing.T) {
	dir := t.TempDir()
	if _, err := access(dir); err == nil {
		t.Error("there is no log, and no error")
	}
	if err := os.WriteFile(filepath.Join(dir, "access.log"), []byte("one\r\ntwo\r\nhal"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines, err := access(dir)
	if want := []string{"one\r\n", "two\r\n"}; err != nil || !slices.Equal(lines, want) {
		t.Errorf("got %q, %v", lines, err)
	}
}

func TestCommon(t *testing.T) {
	if line, ok := common([]string{"1\r\n", "2\r\n", "3\r\n"}, []string{"2\r\n", "1\r\n"}); !ok || line != "2" {
		t.Errorf("got %q, %t", line, ok)
	}
	if _, ok := common([]string{"1\r\n"}, nil); ok {
		t.Error("found something in nothing")
	}
}
