package messages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// use is what the code does with a shared state: the names of what is called on it, and
// whether that writes or reads. What does both is in both lists.
type use struct{ writes, reads []string }

// uses says for each name that the code may use of a state what it does. The test fails at a
// name that is not here.
var uses = map[string]use{
	"Ring":   {[]string{"SetRing"}, []string{"Ring"}},
	"Counts": {[]string{"", "Add", "Taken", "Received"}, []string{""}},
	"ledger": {
		[]string{
			"BeginAck", "BeginKeepAlive", "BeginRun", "CommitAck", "CommitKeepAlive", "Connected", "Disconnected", "Forget", "Logged",
			"Reset", "Sending",
		},
		[]string{
			"AckedBy", "CaughtUp", "Denies", "Durable", "DurableMarks", "DurableVector", "Forgettable", "HasMark", "HeardFrom", "Holders", "Present",
			"Refusals", "Void", "Wanted",
		},
	},
	"journal":      {[]string{"SkipTo"}, []string{"Logged", "Reader", "Scrubber", "Since", "Tail"}},
	"runs":         {[]string{"setPresent", "census"}, []string{"census", "asks", "newcomer", "present", "share"}},
	"waiters":      {[]string{"removeClient", "removePeer", "setClient", "setPeer"}, []string{"hasNewer", "notifyAll", "notifyClients", "peerConn"}},
	"storage":      {[]string{"set"}, []string{"err", "Ready"}},
	"position":     {[]string{"Store"}, []string{"Load"}},
	"boot":         {[]string{"Store"}, []string{"Load"}},
	"stops":        {[]string{"end", "tick"}, []string{"", "since", "stale"}},
	"following":    {[]string{"addMarks", "await", "free", "grown", "take"}, []string{"room"}},
	"marksChanged": {[]string{"Store", "Swap"}, []string{"Swap"}},
	"clients": {
		[]string{"release", "resume", "suspend", "acquire", "Take", "Force", "Free", "End"},
		[]string{"Share", "batches", "control", "Over", "Freed", "", "LogLimits"},
	},
	"accepted": {[]string{"admit", "evictIdleClient", "remove"}, []string{"find", "len", "refuse"}},
	"reports":  {[]string{"add", "addCounted", "connClosed", "settle", "sums", "taken"}, []string{"rates"}},
	"peerLog":  {[]string{"compareRing", "logf"}, nil},
	"Pulse": {
		[]string{"Beat", "Owe", "Promise", "SetBehind", "SetHolding", "Speak"},
		[]string{"", "Behind", "Heard", "Holding", "Owed", "Promised", "Spoke"},
	},
}

// notState are the parts of the Node that no actor changes: the seams, where actors are and
// how they are run, and where lines go. Ring is the state of identity.
var notState = []string{"Seams", "directory", "Log", "workers", "identity", "shared"}

// byMessage are the types that a message shares between its sender and its receiver.
var byMessage = []string{"AcceptedConn", "Credit", "Pulse"}

// TestTheTableOfStateIsTrue reads who writes and who reads each state from the code of the
// actors, and compares it with the second table of the package comment.
func TestTheTableOfStateIsTrue(t *testing.T) {
	table := readStates(t)
	want := slices.Concat(fields(t, "../actors/node.go", "Node"), fields(t, "../actors/shared.go", "shared"), byMessage, []string{"Ring"})
	want = slices.DeleteFunc(want, func(name string) bool { return slices.Contains(notState, name) })
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(table))); diff != "" {
		t.Errorf("the state (-) and the table (+) differ:\n%s", diff)
	}
	code := stateUses(t)
	for name := range uses {
		if diff := cmp.Diff(code[name], table[name]); diff != "" {
			t.Errorf("%s: the code (-) and the table (+) differ:\n%s", name, diff)
		}
	}
}

// readStates reads the table of state.
func readStates(t *testing.T) map[string]ends {
	t.Helper()
	table, name := make(map[string]ends), ""
	for line := range strings.Lines(section(t, "State beside the messages")) {
		row, ok := strings.CutPrefix(strings.TrimSpace(line), "written by ")
		e := table[name]
		switch {
		case ok:
			e.From = strings.Fields(row)
		case strings.HasPrefix(line, "\t  read by "):
			e.To = strings.Fields(line)[2:]
		case line[0] == '\t' && line[1] != ' ':
			name = strings.Fields(line)[0]
			continue
		default:
			continue
		}
		table[name] = e
	}
	return table
}

// stateUses returns who writes and who reads each state, by the code.
func stateUses(t *testing.T) map[string]ends {
	t.Helper()
	actors := []string{
		"accesslog", "clientconn", "conns", "errorlog", "follower", "followers", "keepalive", "link", "links", "listener", "listeners",
		"peerconn", "reader", "router", "scrub", "survey", "zog",
	}
	code := make(map[string]ends)
	for _, pattern := range []string{"../actors/*.go", "../supervisor/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, error %v", pattern, len(files), err)
		}
		for _, path := range files {
			actor := actorOf(path)
			if strings.HasPrefix(path, "../supervisor/") {
				actor = "zog"
			}
			if slices.Contains(actors, actor) && !strings.HasSuffix(path, "_test.go") {
				noteUses(t, path, actor, code)
			}
		}
	}
	for name, e := range code {
		slices.Sort(e.From)
		slices.Sort(e.To)
		code[name] = ends{anyOf(slices.Compact(e.From), len(actors)), anyOf(slices.Compact(e.To), len(actors))}
	}
	return code
}

// anyOf returns a list of actors as the table has it: any for more than half of them.
func anyOf(names []string, of int) []string {
	if len(names) > of/2 {
		return []string{"any"}
	}
	if len(names) == 0 {
		return []string{"nobody"}
	}
	return names
}

// noteUses notes what a file of an actor does with the state.
func noteUses(t *testing.T, path, actor string, code map[string]ends) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name, used := state(actor, chain(sel))
		if name == "" {
			return true
		}
		does := uses[name]
		if !slices.Contains(does.writes, used) && !slices.Contains(does.reads, used) {
			t.Errorf("%s: does %s.%s write or read? It is in no list", path, name, used)
		}
		e := code[name]
		if slices.Contains(does.writes, used) {
			e.From = append(e.From, actor)
		}
		if slices.Contains(does.reads, used) {
			e.To = append(e.To, actor)
		}
		code[name] = e
		return false
	})
}

// chain returns the names of a selector, as a, b and c for a.b.c. What is before a call is
// left out.
func chain(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.Ident:
		return []string{e.Name}
	case *ast.SelectorExpr:
		return append(chain(e.X), e.Sel.Name)
	}
	return []string{"()"}
}

// state returns the state that a selector of an actor is about, and the last name behind it.
// It is "" if there is none.
func state(actor string, names []string) (name, used string) {
	last := names[len(names)-1]
	if i := slices.Index(names, "node"); i >= 0 && i+1 < len(names) {
		name = names[i+1]
		switch name {
		case "SetRing":
			return "Ring", last
		case "Ready":
			return "storage", last
		case "Present":
			return "ledger", last
		case "LogLimits":
			return "clients", last
		}
		if _, ok := uses[name]; !ok {
			return "", ""
		}
		if len(names) == i+2 && name != "Ring" {
			last = ""
		}
		return name, last
	}
	// What an actor or a reader keeps of a state, as c.pulse and r.budget.
	kept := map[string]string{
		"pulse": "Pulse", "Pulse": "Pulse", "budget": "clients", "bufferBudget": "clients", "batches": "clients", "control": "clients",
		"stops": "stops",
	}
	if len(names) < 2 {
		return "", ""
	}
	if name, ok := kept[names[1]]; ok && (name == "Pulse" || actor == "reader" || actor == "clientconn") {
		if len(names) == 2 {
			last = ""
		}
		return name, last
	}
	return "", ""
}

// fields returns the names of the fields of a struct.
func fields(t *testing.T, path, name string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != name {
			return true
		}
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			if len(f.Names) == 0 {
				names = append(names, chain(f.Type)[0])
			}
			for _, id := range f.Names {
				names = append(names, id.Name)
			}
		}
		return false
	})
	return names
}
