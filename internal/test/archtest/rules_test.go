package archtest

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// rule returns a line for each violation it finds, sorted, so that a tree that
// keeps it gives none.
type rule func(*tree) []string

const protoactor = "github.com/asynkron/protoactor-go"

// pure are the packages that decide and leave the doing to others. They need
// not exist.
var pure = []string{
	"internal/admission", "internal/budget", "internal/test/check", "internal/config", "internal/fingerprint", "internal/follow", "internal/frame", "internal/logname", "internal/marks", "internal/names",
	"internal/places", "internal/ratelimit", "internal/record", "internal/relay", "internal/repair", "internal/resend", "internal/ring", "internal/row", "internal/schedule", "internal/sequencer", "internal/stream", "internal/turns", "internal/verify",
	"internal/window",
}

// purity: what decides can be tested without a network, a disk or an actor. A
// main package below, which does what was decided, is wiring.
func purity(t *tree) []string {
	return unreachable(t, pure, func(imported string) bool {
		return under(imported, protoactor) ||
			under(imported, "os") || imported == "io/ioutil" || imported == "syscall" ||
			under(imported, "net") && imported != "net/netip"
	})
}

// lightClient: a program that only sends messages links no actors.
func lightClient(t *tree) []string {
	return unreachable(t, []string{"client"}, func(imported string) bool {
		return under(imported, protoactor)
	})
}

// unreachable finds the packages under some folders that reach a forbidden one;
// main packages may.
func unreachable(t *tree, from []string, forbidden func(string) bool) (found []string) {
	for _, folder := range t.folders() {
		if t.packages[folder].main || !slices.ContainsFunc(from, func(f string) bool { return under(folder, f) }) {
			continue
		}
		reached := t.reach(folder)
		for _, imported := range slices.Sorted(maps.Keys(reached)) {
			if !forbidden(imported) {
				continue
			}
			through := ""
			if by := reached[imported]; by != folder {
				through = " through " + by
			}
			found = append(found, fmt.Sprintf("%s must not reach %s, but does%s", folder, imported, through))
		}
	}
	return found
}

// layers says for each layer which others it may import. Within a layer Go's
// own ban on cycles is enough. What ships stands above, what only tests below:
// nothing that ships may import it.
var layers = map[string][]string{
	"cmd":        {"supervisor", "actors", "messages", "internal", "client"},
	"supervisor": {"actors", "messages", "internal"},
	"actors":     {"messages", "internal"},
	"client":     {"messages", "internal"},
	"messages":   {"internal"},
	"internal":   {"messages"},

	"ringtest":      {"internal/test", "supervisor", "actors", "messages", "internal", "client"},
	"internal/test": {"messages", "internal"},
}

// direction: cmd -> supervisor -> actors -> messages, internal; and
// ringtest -> internal/test -> internal.
func direction(t *tree) (found []string) {
	for _, folder := range t.folders() {
		from := t.layer(folder)
		may, known := layers[from]
		if !known {
			found = append(found, folder+" is in no layer: give it a place in layers, or another folder")
			continue
		}
		for _, imported := range slices.Sorted(maps.Keys(t.packages[folder].imports)) {
			other, ok := inside(imported)
			if !ok {
				continue
			}
			if to := t.layer(other); to != from && !slices.Contains(may, to) {
				found = append(found, fmt.Sprintf("%s must not import %s: %s may not know %s", folder, other, from, to))
			}
		}
	}
	return found
}

// layer returns the layer of a package: its first folder, but internal/test for
// what tests use.
func (t *tree) layer(folder string) string {
	if under(folder, "internal/test") {
		return "internal/test"
	}
	first, _, _ := strings.Cut(folder, "/")
	return first
}

// documented: a newcomer can start reading in any package.
func documented(t *tree) (found []string) {
	for _, folder := range t.folders() {
		if !t.packages[folder].documented {
			found = append(found, folder+" has no package comment")
		}
	}
	return found
}

var (
	// The words are written so that this file does not have them.
	unfinished = regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME)\b`)
	// The private networks that a real house may have.
	private = regexp.MustCompile(`(?:^|[^0-9.])(?:192\.` + `168\.|10\.[0-9]+\.[0-9]+\.[0-9]+)`)
)

// finished: what is left to do is an issue, not a comment. Checksums may spell
// anything.
func finished(t *tree) []string {
	return t.grep(unfinished, []string{"TO" + "DO", "FIX" + "ME"}, func(name string) bool { return path.Base(name) != "go.sum" })
}

// loopback: nothing that runs by default names a real network's address. The
// examples in deploy and the documents may.
func loopback(t *tree) []string {
	return t.grep(private, []string{"192.", "10."}, func(name string) bool {
		return path.Ext(name) == ".go" || path.Base(name) == "Makefile" || under(name, ".ci")
	})
}

// grep returns file:line for the lines that match in the chosen texts. A line that
// matches contains one of the words; looking for them first is what makes it quick.
func (t *tree) grep(re *regexp.Regexp, words []string, chosen func(name string) bool) (found []string) {
	for _, name := range slices.Sorted(maps.Keys(t.texts)) {
		if !chosen(name) {
			continue
		}
		number := 0
		for line := range strings.Lines(t.texts[name]) {
			number++
			if !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(line, word) }) {
				continue
			}
			if m := re.FindString(line); m != "" {
				found = append(found, fmt.Sprintf("%s:%d: %s", name, number, strings.TrimSpace(m)))
			}
		}
	}
	return found
}
