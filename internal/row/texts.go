package row

// texts is the texts of one or more messages that follow each other.
type texts struct {
	bytes []byte   // contains the texts, among others
	start uint32   // the start of the first text
	ends  []uint32 // the end of each text
}

// Len returns the number of messages.
func (t *texts) Len() int { return len(t.ends) }

// Text returns the text of message i, including its CRLF. It must not be changed.
func (t *texts) Text(i int) []byte {
	start := t.start
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.bytes[start:t.ends[i]:t.ends[i]]
}

// slice returns the texts from up to but not including to.
func (t *texts) slice(from, to int) texts {
	part := texts{bytes: t.bytes, start: t.start, ends: t.ends[from:to]}
	if from > 0 {
		part.start = t.ends[from-1]
	}
	return part
}

// put sets the texts of a row that was begun without.
func (t *texts) put(all texts) { *t = all }

// textBytes returns the length of all texts in bytes.
func (t *texts) textBytes() int { return int(t.ends[len(t.ends)-1] - t.start) }
