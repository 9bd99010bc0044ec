package docs_test

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xlattice.org/zog/internal/config"
)

// What the pages repeat from the code, and from each other, is held together here.

// read returns a file of the repository, by its path from the root.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(path.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// between returns what stands between two texts.
func between(t *testing.T, text, begin, end string) string {
	t.Helper()
	_, rest, begins := strings.Cut(text, begin)
	inside, _, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("nothing stands between %q and %q", begin, end)
	}
	return inside
}

// submatches returns the first submatch of each match, sorted, each once.
func submatches(re, text string) []string {
	var found []string
	for _, m := range regexp.MustCompile(re).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// same fails if two sorted lists differ.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: nothing was found", what)
	}
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("%s: %s is missing", what, name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("%s: there is no %s", what, name)
		}
	}
}

// The ring file in the README has all keys, with the defaults.
func TestTheRingFileOfTheReadme(t *testing.T) {
	block := "version: 1\n" + between(t, read(t, "README.md"), "\n    version: 1\n", "\n\n")
	file, err := config.Parse("README.md", []byte(strings.ReplaceAll(block, "\n    ", "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := file.YAML(), config.Loopback(5).YAML(); string(got) != string(want) {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
	keys := regexp.MustCompile(`(?m)([a-z_]+):`)
	same(t, "keys", submatches(keys.String(), regexp.MustCompile(`#.*`).ReplaceAllString(block, "")),
		submatches(keys.String(), regexp.MustCompile(`(?m)#.*$`).ReplaceAllString(string(file.YAML()), "")))
}

// The figures on the first screen are those of performance.md.
func TestTheFiguresOfTheReadme(t *testing.T) {
	cost := between(t, read(t, "README.md"), "**What it costs.**", "**What it lacks.**")
	cost = strings.Join(strings.Fields(cost), " ")
	performance := strings.Join(strings.Fields(read(t, "docs/performance.md")), " ")
	for _, f := range []struct{ here, there string }{
		{"uses 0.24 % of a processor", "| processor time of an idle host | | 0.1 % | **missed**: 0.24 % "},
		{"and 12 MiB of memory", "| memory of an idle host | | 30 MiB | 12 MiB |"},
		{"At full rate it uses 53 MiB", "53 MiB at the most"},
		{"70 MiB with 1,000 clients", "With 1,000 clients a host takes up to 70 MiB"},
		{"The program is 8.7 MiB", "| program, stripped | | 15 MiB | 8.7 MiB |"},
		{"starts in 10 ms", "| start until ready | | 100 ms | 10 ms |"},
	} {
		if !strings.Contains(cost, f.here) || !strings.Contains(performance, f.there) {
			t.Errorf("the README says %q: %t; performance.md says %q: %t",
				f.here, strings.Contains(cost, f.here), f.there, strings.Contains(performance, f.there))
		}
	}
}

// The tree of actors in architecture.md has the actors that the supervisor starts. The tree in
// the comment of the package supervisor has a test there.
func TestTheTreeOfActors(t *testing.T) {
	names := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?m)^\s*(\w+Name)\s*=\s*"([a-z]+)"`).FindAllStringSubmatch(source(t, "actors"), -1) {
		names[m[1]] = m[2]
	}
	host := read(t, "supervisor/host.go")
	var want []string
	for _, constant := range submatches(`\{actors\.(\w+Name), actors\.New`, host) {
		want = append(want, names[constant])
	}
	slices.Sort(want)
	same(t, "docs/architecture.md", submatches(`(?m)^    [├└]── ([a-z]+) `, read(t, "docs/architecture.md")), want)
}

// source returns the Go files of a folder, without tests, one behind the other.
func source(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(path.Join("..", folder))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			all.WriteString(read(t, path.Join(folder, e.Name())))
		}
	}
	return all.String()
}

// The stages of a stop have the times that architecture.md says.
func TestTheStagesOfAStop(t *testing.T) {
	section := between(t, read(t, "docs/architecture.md"), "\n## Stopping\n", "\n## ")
	var said, is []string
	for _, m := range regexp.MustCompile(`\| (\d+) s \|`).FindAllStringSubmatch(section, -1) {
		said = append(said, m[1])
	}
	for _, m := range regexp.MustCompile(`limit: (?:(\d+) \* )?time\.Second`).FindAllStringSubmatch(read(t, "supervisor/root.go"), -1) {
		is = append(is, cmp.Or(m[1], "1"))
	}
	if !slices.Equal(said, is) {
		t.Errorf("said are %v s, the supervisor has %v", said, is)
	}
}

// The table of pure packages is the list that archtest enforces.
func TestThePurePackages(t *testing.T) {
	list := between(t, read(t, "internal/test/archtest/rules_test.go"), "var pure = []string{", "\n}")
	section := between(t, read(t, "docs/architecture.md"), "\n## Pure packages\n", "\n## ")
	same(t, "docs/architecture.md", submatches("(?m)^\\| `([a-z/]+)` \\|", section), submatches(`"([a-z/]+)"`, list))
}

// The version of the protocol is said where it is defined, and protocol.md says the same.
func TestTheVersionOfTheProtocol(t *testing.T) {
	version := submatches(`(?m)^const protocol = (\d+)$`, source(t, "actors"))
	if len(version) != 1 {
		t.Fatalf("versions in actors: %v", version)
	}
	for name, texts := range map[string][]string{
		"docs/protocol.md": {"to their clients, version " + version[0], "| `version` | " + version[0] + " |",
			"`version` is " + version[0] + ", `host` is empty", "`version of the protocol is not " + version[0] + "`"},
		"actors/wire.go":                     {"version of the protocol is not " + version[0]},
		"proto/org/xlattice/pzog/pzog.proto": {"The version of the protocol: " + version[0] + "."},
	} {
		text := strings.Join(strings.Fields(read(t, name)), " ")
		for _, want := range texts {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

// How many mutants there are is said in one place, which their program writes.
func TestTheNumberOfMutantsIsSaidOnce(t *testing.T) {
	count := regexp.MustCompile(`(?i)(\d[\d,]*|hundred) (?:mutants|places|times, and see)`)
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "Makefile", "docs/README.md", "docs/architecture.md"} {
		if m := count.FindString(read(t, name)); m != "" {
			t.Errorf("%s says %q", name, m)
		}
	}
	if m := count.FindString(guide(t)); m != "" {
		t.Errorf("testing.md says %q outside of its table", m)
	}
}

// CONTRIBUTING.md has a row for each target of make that has help, and for no other.
func TestTheTargetsOfMake(t *testing.T) {
	targets := submatches(`(?m)^([a-z-]+):.*## `, read(t, "Makefile"))
	targets = slices.DeleteFunc(targets, func(name string) bool { return name == "help" }) // make alone
	same(t, "CONTRIBUTING.md", submatches("(?m)^\\| `make ([a-z-]+)`", read(t, "CONTRIBUTING.md")), targets)
}

// A constant that the limits in architecture.md name is declared where it says.
func TestTheLimitsAreDeclared(t *testing.T) {
	section := between(t, read(t, "docs/architecture.md"), "\n## Limits\n", "\n## ")
	named, folder := 0, ""
	for line := range strings.Lines(section) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what |") {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			pkg, name, qualified := strings.Cut(m[1], ".")
			if !qualified {
				pkg, name = "", m[1]
			}
			switch {
			case pkg == "limits": // a key of the ring file
				continue
			case pkg == "actors" || pkg == "supervisor":
				folder = pkg
			case pkg != "":
				folder = "internal/" + pkg
			}
			named++
			declared := regexp.MustCompile(`(?m)^(?:\s*|const |var |type |func (?:\([^)]*\) )?)` + regexp.QuoteMeta(name) + `\b`)
			if !declared.MatchString(source(t, folder)) {
				t.Errorf("%s has no %s: %s", folder, name, strings.TrimSpace(cells[0]))
			}
		}
	}
	if named < 40 {
		t.Errorf("only %d constants are named", named)
	}
}

// testing.md says how many kinds of faults chaos has.
func TestTheKindsOfFaults(t *testing.T) {
	kinds := strings.Count(read(t, "ringtest/chaos/form.go"), "\n\t{kind: ")
	if want := fmt.Sprintf("| %d kinds of faults together", kinds); !strings.Contains(guide(t), want) {
		t.Errorf("testing.md does not say %q", want)
	}
}

// The defaults of the limits in security.md are those of the ring file.
func TestTheDefaultsOfTheLimits(t *testing.T) {
	file := config.Loopback(5)
	limits, errors := file.Limits, file.ErrorLog
	page := read(t, "docs/security.md")
	for key, value := range map[string]string{
		"limits.clients":                thousands(limits.Clients),
		"limits.clients_per_address":    thousands(limits.ClientsPerAddress),
		"limits.clients_per_name":       thousands(limits.ClientsPerName),
		"limits.handshakes":             thousands(limits.Handshakes) + " a second",
		"limits.handshakes_per_address": thousands(limits.HandshakesPerAddress) + " a second",
		"limits.client_memory":          fmt.Sprintf("%d MiB", limits.ClientMemory>>20),
		"limits.first_frame":            fmt.Sprintf("%.0f s", limits.FirstFrame.Seconds()),
		"limits.copies_timeout":         fmt.Sprintf("%.0f h", limits.CopiesTimeout.Hours()),
		"limits.surveys":                thousands(limits.Surveys),
		"limits.surveys_per_address":    thousands(limits.SurveysPerAddress),
		"limits.followers":              thousands(limits.Followers),
		"limits.followers_per_address":  thousands(limits.FollowersPerAddress),
		"limits.follower_timeout":       fmt.Sprintf("%.0f s", limits.FollowerTimeout.Seconds()),
		"limits.runs":                   thousands(limits.Runs),
		"error_log.max_bytes":           fmt.Sprintf("%d MiB", errors.MaxBytes>>20),
		"error_log.lines":               thousands(errors.Lines) + " a second",
		"error_log.lines_per_address":   thousands(errors.LinesPerAddress) + " a second",
	} {
		if row := fmt.Sprintf("\n| `%s` | %s |", key, value); !strings.Contains(page, row) {
			t.Errorf("security.md has no row %q", row)
		}
	}
}

// thousands writes a number as the pages do.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
