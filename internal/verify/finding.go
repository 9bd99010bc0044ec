package verify

import (
	"cmp"
	"slices"

	"xlattice.org/zog/internal/marks"
)

// Kind is a kind of fault.
type Kind string

// The kinds.
const (
	// Lacks: the host lacks messages that others have.
	Lacks Kind = "lacks"
	// Differs: the host has another text than the majority.
	Differs Kind = "differs"
	// Disagree: the hosts have different texts, and no majority has the same.
	Disagree Kind = "disagree"
	// Unread: the host says that it holds the lines, but one of them is missing in
	// its log, cannot be read, or is there twice.
	Unread Kind = "unread"
	// Twice: the lines are in the log twice.
	Twice Kind = "twice"
	// Late: the lines are behind lines with higher seqs.
	Late Kind = "late"
)

// Finding is a fault in a range of messages.
type Finding struct {
	Kind  Kind
	Hosts []int // one, but for Disagree
	Range marks.Mark
	// Whole says that the fault concerns each message of the range, and not only
	// one or more of them.
	Whole bool
}

// NewFindings returns a finding of this kind for each range of a host, Whole.
func NewFindings(kind Kind, host int, ranges []marks.Mark) []Finding {
	found := make([]Finding, len(ranges))
	for i, r := range ranges {
		found[i] = Finding{Kind: kind, Hosts: []int{host}, Range: r, Whole: true}
	}
	return found
}

// Ranges returns the ranges of findings, sorted and joined.
func Ranges(found []Finding) []marks.Mark {
	ranges := make([]marks.Mark, len(found))
	for i, f := range found {
		ranges[i] = f.Range
	}
	return Join(ranges)
}

// merge sorts findings and joins those that follow each other.
func merge(found []Finding) []Finding {
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), slices.Compare(a.Hosts, b.Hosts), compare(a.Range, b.Range))
	})
	merged := found[:0]
	for _, f := range found {
		if last := len(merged) - 1; last >= 0 && merged[last].followedBy(f) {
			merged[last].Range.Seq = f.Range.Seq
		} else {
			merged = append(merged, f)
		}
	}
	return merged
}

func (f *Finding) followedBy(next Finding) bool {
	return f.Kind == next.Kind && f.Whole == next.Whole && slices.Equal(f.Hosts, next.Hosts) &&
		f.Range.Run == next.Range.Run && f.Range.Seq+1 == next.Range.First
}
