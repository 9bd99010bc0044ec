package faultnet

import "time"

const (
	// queueSize is how many bytes of one direction are queued before Write blocks.
	queueSize = 256 << 10
	// pieceSize limits a write to the base, and an item of the queue.
	pieceSize = 32 << 10
)

// item is an entry of the queue: bytes, or a mark.
type item struct {
	mark   mark
	buf    []byte
	off    int // how much of buf was written
	parcel parcel
}

// queue holds what one end has written, in order. It is not safe for concurrent
// use.
type queue struct {
	items []item
	first int // index of the head in items
	size  int // in bytes
	epoch int // number of calls of clear
	spare []byte
}

// add appends bytes, and a mark unless it is none. Bytes that leave at the same time share an item.
func (q *queue) add(b []byte, m mark, left time.Time, luck float64) {
	if len(b) > 0 {
		q.size += len(b)
		if last := len(q.items) - 1; last >= q.first && q.items[last].joins(left) {
			q.items[last].buf = append(q.items[last].buf, b...)
		} else {
			q.items = append(q.items, item{buf: append(q.spare[:0], b...), parcel: parcel{left: left, jitter: luck}})
			q.spare = nil
		}
	}
	if m != none {
		q.items = append(q.items, item{mark: m, parcel: parcel{left: left, jitter: luck}})
	}
}

func (i *item) joins(left time.Time) bool {
	return i.mark == none && i.parcel.left.Equal(left) && len(i.buf) < pieceSize
}

// head returns the first item, or nil.
func (q *queue) head() *item {
	if q.first == len(q.items) {
		return nil
	}
	return &q.items[q.first]
}

// gone removes n bytes of the first item, or its mark. The rest of the item is a new parcel.
func (q *queue) gone(n int) {
	q.size -= n
	head := q.head()
	head.off += n
	head.parcel.through = time.Time{}
	if head.off < len(head.buf) {
		return
	}
	if cap(head.buf) <= 2*pieceSize {
		q.spare = head.buf
	}
	*head = item{}
	q.first++
	if q.first > len(q.items)/2 {
		q.items = append(q.items[:0], q.items[q.first:]...)
		q.first = 0
	}
}

// clear empties the queue.
func (q *queue) clear() { *q = queue{epoch: q.epoch + 1} }

// dropBytes keeps only the marks that close or reset the base.
func (q *queue) dropBytes() {
	marks := q.items[q.first:]
	q.clear()
	for _, i := range marks {
		if i.mark == reset || i.mark == closing {
			q.items = append(q.items, i)
		}
	}
}

// release removes all stalls. What was behind them leaves now.
func (q *queue) release(now time.Time) {
	kept := q.items[:0]
	stalled := false
	for _, i := range q.items[q.first:] {
		if i.mark == stall {
			stalled = true
			continue
		}
		if stalled {
			i.parcel.left = now
		}
		kept = append(kept, i)
	}
	clear(q.items[len(kept):])
	q.items, q.first = kept, 0
}
