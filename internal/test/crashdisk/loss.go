package crashdisk

import (
	"math/rand/v2"
	"slices"
)

// Loss says what a crash leaves of what was not synced.
type Loss struct {
	kind lossKind
	rand *rand.Rand
}

type lossKind int

const (
	keepSynced lossKind = iota
	keepAll
	keepSome
)

// KeepSynced leaves nothing of it: the worst case of a power cut.
func KeepSynced() Loss { return Loss{kind: keepSynced} }

// KeepAll leaves all of it, as when a process is killed and the machine goes on. It
// stays unsynced: another crash may take it.
func KeepAll() Loss { return Loss{kind: keepAll} }

// KeepSome leaves a random part of it, as a power cut does.
func KeepSome(r *rand.Rand) Loss { return Loss{kind: keepSome, rand: r} }

func (l Loss) String() string {
	return [...]string{"keep what was synced", "keep all", "keep some"}[l.kind]
}

// upTo returns how many of n changes, which were made in order, are left.
func (l Loss) upTo(n int) int {
	if l.kind == keepSynced {
		return 0
	}
	return l.rand.IntN(n + 1)
}

// unit is how many bytes a disk writes completely or not at all.
const unit = 512

// content returns what a power cut leaves of a file.
func (l Loss) content(n *inode) []byte {
	content := slices.Clone(n.synced)
	if l.kind == keepSynced || len(n.changes) == 0 {
		return content
	}
	switch l.rand.IntN(4) {
	case 0:
		return content
	case 1:
		for i := range n.changes {
			content = n.changes[i].apply(content)
		}
		return content
	case 2:
		return l.scattered(n)
	}
	return l.beginning(n.changes, content)
}

// beginning does the first of some changes, and perhaps a part of the next one.
func (l Loss) beginning(changes []change, content []byte) []byte {
	whole := l.upTo(len(changes))
	for i := range changes[:whole] {
		content = changes[i].apply(content)
	}
	if whole == len(changes) || changes[whole].truncate {
		return content
	}
	torn := changes[whole]
	firstCut := torn.at/unit + 1 // unit boundaries inside the change
	lastCut := (torn.end() - 1) / unit
	if lastCut < firstCut {
		return content
	}
	cut := (firstCut + l.rand.Int64N(lastCut-firstCut+1)) * unit
	torn.data = torn.data[:cut-torn.at]
	return torn.apply(content)
}

// scattered does the changes for some units of the file and not for others, so that a
// later change may be left and an earlier one not. The size is one that the file has
// had.
func (l Loss) scattered(n *inode) []byte {
	before := n.synced
	after := slices.Clone(before)
	sizes := []int64{int64(len(before))}
	for i := range n.changes {
		after = n.changes[i].apply(after)
		sizes = append(sizes, int64(len(after)))
	}
	content := resize(slices.Clone(before), sizes[l.rand.IntN(len(sizes))])
	for at := 0; at < len(content); at += unit {
		end := min(at+unit, len(content))
		if l.rand.IntN(2) == 0 && at < len(after) {
			clear(content[at:end])
			copy(content[at:end], after[at:])
		}
	}
	return content
}
