package archtest

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

// The repository keeps the rules.
func TestRepository(t *testing.T) {
	tr := repository(t)
	for name, check := range map[string]rule{
		"purity":      purity,
		"lightClient": lightClient,
		"direction":   direction,
		"documented":  documented,
		"finished":    finished,
		"loopback":    loopback,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, violation := range check(tr) {
				t.Error(violation)
			}
		})
	}
}

// The reader sees this repository at all: rules about nothing always hold.
func TestRepositoryIsRead(t *testing.T) {
	tr := repository(t)
	for _, folder := range []string{"internal/config", "internal/test/archtest", "messages/pzog"} {
		if tr.packages[folder] == nil {
			t.Errorf("%s was not found", folder)
		}
	}
	if !tr.packages["internal/config"].imports["net/netip"] {
		t.Error("the imports of internal/config were not found")
	}
	for _, name := range []string{"Makefile", ".ci/run", "go.mod", "internal/test/archtest/arch_test.go"} {
		if tr.texts[name] == "" {
			t.Errorf("%s was not read", name)
		}
	}
}

// made builds a tree of files, each with its text.
func made(t *testing.T, files map[string]string) *tree {
	t.Helper()
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text), Mode: fs.ModePerm}
	}
	tr, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// source is a Go file in a package of this name with these imports.
func source(name string, imports ...string) string {
	text := "// Package " + name + " is documented.\npackage " + name + "\n"
	for _, i := range imports {
		text += "import _ \"" + i + "\"\n"
	}
	return text
}

// Each rule finds what breaks it, and nothing in what is nearly the same.
func TestViolationsAreNamed(t *testing.T) {
	const zog = module
	type files = map[string]string
	for _, c := range []struct {
		name  string
		check rule
		files files
		want  []string
	}{
		{"pure code opens files", purity, files{"internal/ring/a.go": source("ring", "os")},
			[]string{"internal/ring must not reach os, but does"}},
		{"pure code runs programs", purity, files{"internal/marks/a.go": source("marks", "os/exec")},
			[]string{"internal/marks must not reach os/exec, but does"}},
		{"pure code dials", purity, files{"internal/frame/a.go": source("frame", "net"), "internal/window/a.go": source("window", "net/http")},
			[]string{"internal/frame must not reach net, but does", "internal/window must not reach net/http, but does"}},
		{"pure code acts", purity, files{"internal/repair/a.go": source("repair", protoactor+"/actor")},
			[]string{"internal/repair must not reach " + protoactor + "/actor, but does"}},
		{"pure code has help", purity, files{"internal/record/a.go": source("record", zog+"/internal/disk"), "internal/disk/a.go": source("disk", "os")},
			[]string{"internal/record must not reach os, but does through internal/disk"}},
		{"a folder below a pure one", purity, files{"internal/ring/deep/a.go": source("deep", "os")},
			[]string{"internal/ring/deep must not reach os, but does"}},
		{"pure code, its tests, and others", purity, files{
			"internal/config/a.go":      source("config", "net/netip", "strings", "osier.example/os"),
			"internal/config/a_test.go": source("config", "os", "net"),
			"internal/journal/a.go":     source("journal", "os"),
			"internal/ringside/a.go":    source("ringside", "net"),
		}, nil},

		{"the client acts", lightClient, files{"client/a.go": source("client", zog+"/internal/x"), "internal/x/a.go": source("x", protoactor)},
			[]string{"client must not reach " + protoactor + ", but does through internal/x"}},
		{"the client dials", lightClient, files{"client/a.go": source("client", "net", "os")}, nil},

		{"messages know actors", direction, files{"messages/a.go": source("messages", zog+"/actors"), "actors/a.go": source("actors")},
			[]string{"messages must not import actors: messages may not know actors"}},
		{"upwards from everywhere", direction, files{
			"internal/x/a.go": source("x", zog+"/client", zog+"/supervisor"),
			"actors/a.go":     source("actors", zog+"/supervisor"),
			"supervisor/a.go": source("supervisor", zog+"/cmd/zog/flags", zog+"/ringtest"),
			"client/a.go":     source("client", zog+"/actors"),
		}, []string{
			"actors must not import supervisor: actors may not know supervisor",
			"client must not import actors: client may not know actors",
			"internal/x must not import client: internal may not know client",
			"internal/x must not import supervisor: internal may not know supervisor",
			"supervisor must not import cmd/zog/flags: supervisor may not know cmd",
			"supervisor must not import ringtest: supervisor may not know ringtest",
		}},
		{"a folder from nowhere", direction, files{"common/a.go": source("common"), "a.go": source("zog")},
			[]string{". is in no layer: give it a place in layers, or another folder",
				"common is in no layer: give it a place in layers, or another folder"}},
		{"what ships knows what tests", direction, files{
			"internal/x/a.go":           source("x", zog+"/internal/test/memnet"),
			"cmd/zog/a.go":              source("main", zog+"/ringtest"),
			"internal/test/memnet/a.go": source("memnet", zog+"/internal/x", zog+"/ringtest"),
		}, []string{
			"cmd/zog must not import ringtest: cmd may not know ringtest",
			"internal/test/memnet must not import ringtest: internal/test may not know ringtest",
			"internal/x must not import internal/test/memnet: internal may not know internal/test",
		}},
		{"downwards, a main that tests, and another module", direction, files{
			"cmd/zog/a.go":           source("main", zog+"/supervisor", zog+"/internal/x"),
			"ringtest/cmd/demo/a.go": source("main", zog+"/client", zog+"/supervisor"),
			"supervisor/a.go":        source("supervisor", zog+"/actors", zog+"/messages"),
			"actors/a.go":            source("actors", zog+"/messages/pzog", zog+"/internal/x", protoactor),
			"internal/x/a.go":        source("x", zog+"/messages/pzog", zog+"/internal/y"),
			"bench/go.mod":           "module bench\n",
			"bench/sub/a.go":         source("sub"),
		}, nil},

		{"no package comment", documented, files{"actors/a.go": "// A license.\n\npackage actors\n", "actors/a_test.go": source("actors")},
			[]string{"actors has no package comment"}},
		{"a comment in one file", documented, files{"actors/a.go": "package actors\n", "actors/b.go": source("actors")}, nil},

		{"something to do", finished, files{"docs/a.md": "done\n<!-- TO" + "DO: more -->", "a_test.go": "// FIX" + "ME"},
			[]string{"a_test.go:1: FIX" + "ME", "docs/a.md:2: TO" + "DO"}},
		{"nothing to do", finished, files{"go.sum": "h1:a/TO" + "DO=", "b.txt": "toDO TO" + "DOS", "bin/zog": "TO" + "DO", "c.bin": "\x00TO" + "DO"}, nil},

		{"real networks", loopback, files{"client/a_test.go": "\n\"192." + "168.1.2\"", "Makefile": "10." + "0.0.1:80", ".ci/run": "ping 10." + "1.2.3"},
			[]string{".ci/run:1: 10." + "1.2.3", "Makefile:1: 10." + "0.0.1", `client/a_test.go:2: "192.` + `168.`}},
		{"no real networks", loopback, files{"a_test.go": "v1.10.2 127.0.55.1 110.0.0.1 1.10.2.3.4", "deploy/house.yaml": "192." + "168.1.2"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.check(made(t, c.files)); !slices.Equal(got, c.want) {
				t.Errorf("\n got %q\nwant %q", got, c.want)
			}
		})
	}
}
