package row

// texts are the texts of one or more messages that follow each other.
type texts struct {
	bytes []byte // with the texts, among others
	start uint32 // of the first text
	ends  []uint32
}

// Len returns the number of messages.
func (t *texts) Len() int { return len(t.ends) }

// Text returns the text of message i, with its CRLF.
func (t *texts) Text(i int) []byte {
	start := t.start
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.bytes[start:t.ends[i]:t.ends[i]]
}

// slice returns those of messages from up to but not to.
func (t *texts) slice(from, to int) texts {
	part := texts{bytes: t.bytes, start: t.start, ends: t.ends[from:to]}
	if from > 0 {
		part.start = t.ends[from-1]
	}
	return part
}

// put sets the texts of a row that was begun.
func (t *texts) put(all texts) { *t = all }

// textBytes returns the length of all texts.
func (t *texts) textBytes() int { return int(t.ends[len(t.ends)-1] - t.start) }
