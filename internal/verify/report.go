package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/plural"
)

// Report is the result of a comparison.
type Report struct {
	Hosts    []Host
	Target   []marks.Mark // what all should hold; sorted, one range for each run
	Findings []Finding
}

// Host is what was found of one host by itself.
type Host struct {
	Name   string
	Err    error        // why nothing more is known; the text continues after the name
	Begins []marks.Mark // the first message of each run whose older lines are gone
	Damage []Damage
	Notes  []string // remarks about what is no fault; each continues after the name
}

// Damage is a place in a file that is no record.
type Damage struct {
	File   string
	Offset int64 // in bytes
	Bytes  int64
	Reason string
}

// Verdict is the report in one word.
type Verdict string

// The verdicts, the worst first: the first that applies is the verdict.
const (
	Differ      Verdict = "differ"      // logs differ, or one is damaged
	Unreachable Verdict = "unreachable" // a host could not be asked; the others agree
	Incomplete  Verdict = "incomplete"  // the logs agree, but some begin later than others
	Complete    Verdict = "complete"    // the logs are sound and hold the same messages
)

// Verdict sums the report up.
func (r *Report) Verdict() Verdict {
	damaged := func(h Host) bool { return len(h.Damage) > 0 }
	unreachable := func(h Host) bool { return h.Err != nil }
	switch {
	case len(r.Findings) > 0, slices.ContainsFunc(r.Hosts, damaged):
		return Differ
	case slices.ContainsFunc(r.Hosts, unreachable):
		return Unreachable
	case r.uneven():
		return Incomplete
	}
	return Complete
}

// uneven tells whether a log begins later than another.
func (r *Report) uneven() bool {
	return slices.ContainsFunc(r.Hosts, func(h Host) bool { return len(r.later(&h)) > 0 })
}

// later returns those of a host's Begins that are later than on another host.
func (r *Report) later(h *Host) (later []marks.Mark) {
	for _, begin := range h.Begins {
		first := marks.Mark{Run: begin.Run} // sorts before all of its run
		i, _ := slices.BinarySearchFunc(r.Target, first, compare)
		if i < len(r.Target) && r.Target[i].Run == begin.Run && r.Target[i].First < begin.First {
			later = append(later, begin)
		}
	}
	return later
}

// sound returns the indexes of the hosts without a fault.
func (r *Report) sound() []int {
	var sound []int
	for i, h := range r.Hosts {
		found := slices.ContainsFunc(r.Findings, func(f Finding) bool { return slices.Contains(f.Hosts, i) })
		if h.Err == nil && len(h.Damage) == 0 && !found {
			sound = append(sound, i)
		}
	}
	return sound
}

// maxShown is how many ranges or places one line names.
const maxShown = 8

// Lines returns the report for people.
func (r *Report) Lines() []string {
	lines := r.summary()
	for i, h := range r.Hosts {
		if h.Err != nil {
			lines = append(lines, fmt.Sprintf("%s %v", h.Name, h.Err))
		}
		lines = append(lines, h.damage()...)
		for _, w := range wordings {
			lines = append(lines, r.wording(w, []int{i})...)
		}
	}
	for _, hosts := range r.disagreeing() {
		lines = append(lines, r.wording(wording{Disagree, true, "do not agree on %s (different texts)"}, hosts)...)
		lines = append(lines, r.wording(wording{Disagree, false, "do not agree on all of %s (different texts)"}, hosts)...)
	}
	lines = append(lines, r.begins()...)
	for _, h := range r.Hosts {
		for _, note := range h.Notes {
			lines = append(lines, h.Name+" "+note)
		}
	}
	return lines
}

// summary says how many hosts agree, and on how many messages. It is empty if only
// one of several hosts is sound: it has nobody to agree with.
func (r *Report) summary() []string {
	sound, asked := r.sound(), 0
	for _, h := range r.Hosts {
		if h.Err == nil {
			asked++
		}
	}
	words := fmt.Sprintf("%s in %s, %s", counted(Count(r.Target), "message"), counted(uint64(len(r.Target)), "run"), strings.Join(r.names(sound), " "))
	switch {
	case len(sound) == 0 || len(sound) == 1 && len(r.Hosts) > 1 && asked > 1:
		return nil
	case len(r.Hosts) == 1:
		return []string{"sound: " + words}
	}
	reachable, alike := "", "identical"
	if asked < len(r.Hosts) {
		reachable = "reachable "
	}
	if r.uneven() {
		alike = "agree, but some begin later"
	}
	return []string{fmt.Sprintf("%d/%d %s%s: %s", len(sound), asked, reachable, alike, words)}
}

// names returns the names of some hosts.
func (r *Report) names(hosts []int) []string {
	names := make([]string, len(hosts))
	for i, host := range hosts {
		names[i] = r.Hosts[host].Name
	}
	return names
}

// wording is the text for a kind of finding.
type wording struct {
	kind  Kind
	whole bool
	text  string
}

var wordings = []wording{
	{Lacks, true, "lacks %s"},
	{Differs, true, "differs in %s (another text)"},
	{Differs, false, "differs somewhere in %s (another text)"},
	{Unread, true, "says that it has %s, but in its log that is missing, unreadable or there twice"},
	{Unread, false, "says that it has %s, but in its log some of that is missing, unreadable or there twice"},
	{Twice, true, "has %s twice"},
	{Late, true, "has %s out of order"},
}

// wording returns the line about the findings of one kind that concern these hosts,
// if there are any.
func (r *Report) wording(w wording, hosts []int) []string {
	var ranges []marks.Mark
	for _, f := range r.Findings {
		if f.Kind == w.kind && f.Whole == w.whole && slices.Equal(f.Hosts, hosts) {
			ranges = append(ranges, f.Range)
		}
	}
	if len(ranges) == 0 {
		return nil
	}
	return []string{strings.Join(r.names(hosts), ", ") + " " + fmt.Sprintf(w.text, list(ranges))}
}

// disagreeing returns the groups of hosts that disagree.
func (r *Report) disagreeing() (groups [][]int) {
	for _, f := range r.Findings {
		if f.Kind == Disagree {
			groups = append(groups, f.Hosts)
		}
	}
	slices.SortFunc(groups, slices.Compare)
	return slices.CompactFunc(groups, slices.Equal)
}

// begins says where runs begin, in one line for all hosts with the same beginnings.
func (r *Report) begins() (lines []string) {
	alike := make(map[string][]int)
	for i, h := range r.Hosts {
		if len(h.Begins) > 0 {
			alike[list(h.Begins)] = append(alike[list(h.Begins)], i)
		}
	}
	for i, h := range r.Hosts {
		if hosts := alike[list(h.Begins)]; len(hosts) > 0 && hosts[0] == i {
			verb, why := " begins", ": older lines were retired"
			if len(hosts) > 1 {
				verb = " begin"
			}
			if slices.ContainsFunc(hosts, func(i int) bool { return len(r.Hosts[i].Damage) > 0 }) {
				why += ", or are among what is damaged"
			}
			lines = append(lines, strings.Join(r.names(hosts), ", ")+verb+" at "+list(h.Begins)+why)
		}
	}
	return lines
}

func (h *Host) damage() (lines []string) {
	for i, d := range h.Damage {
		if i == maxShown {
			return append(lines, fmt.Sprintf("%s is damaged in %s", h.Name, counted(uint64(len(h.Damage)-i), "more place")))
		}
		lines = append(lines, fmt.Sprintf("%s is damaged: %s, %s from byte %d: %s",
			h.Name, d.File, counted(uint64(d.Bytes), "byte"), d.Offset, d.Reason))
	}
	return lines
}

// list names ranges, at most maxShown.
func list(ranges []marks.Mark) string {
	names := make([]string, min(len(ranges), maxShown))
	for i := range names {
		names[i] = Text(ranges[i])
	}
	text := strings.Join(names, ", ")
	if more := len(ranges) - len(names); more > 0 {
		text += " ... and " + counted(uint64(more), "more range")
	}
	return text
}

// counted returns a number, in groups of three digits, with its noun.
func counted(n uint64, what string) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + plural.Noun(n, what)
}
