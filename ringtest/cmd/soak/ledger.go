package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"xlattice.org/zog/internal/test/check"
)

// ledger has what the clients know: the record for the checker, in memory and in a file for zogcheck,
// and what was acknowledged so far.
type ledger struct {
	mu                  sync.Mutex
	record              check.Record
	file                *os.File
	buffer              *bufio.Writer
	json                *json.Encoder
	err                 error      // the first of the file
	acknowledgedNumbers [][]uint32 // of each sender, the numbers that were acknowledged, ascending
	counts              [3]int     // by check.Outcome
}

func newLedger(path string, senders int) (*ledger, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	buffer := bufio.NewWriter(file)
	return &ledger{file: file, buffer: buffer, json: json.NewEncoder(buffer), acknowledgedNumbers: make([][]uint32, senders)}, nil
}

// add records the result of a message of a sender.
func (l *ledger) add(sender int, m check.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record.Add(m)
	l.counts[m.Outcome]++
	if m.Outcome == check.Ok {
		l.acknowledgedNumbers[sender] = append(l.acknowledgedNumbers[sender], uint32(m.N))
	}
	if l.err == nil {
		l.err = l.json.Encode(m)
	}
}

// acknowledged returns the number of messages of each sender that were acknowledged so far.
func (l *ledger) acknowledged() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := make([]int, len(l.acknowledgedNumbers))
	for i, kept := range l.acknowledgedNumbers {
		counts[i] = len(kept)
	}
	return counts
}

// number returns the number of a sender's kth acknowledged message.
func (l *ledger) number(sender, k int) uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acknowledgedNumbers[sender][k]
}

// sums returns the number of messages of each outcome.
func (l *ledger) sums() (acknowledged, refused, unknown int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[check.Ok], l.counts[check.Refused], l.counts[check.Unknown]
}

// close flushes and closes the file.
func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.err, l.buffer.Flush(), l.file.Close())
}

// padding makes texts of different lengths.
const padding = "the quick brown fox jumps over the lazy dog, and then the other way round, until it is tired of it; " +
	"the dog has not moved, and does not see why it should, as long as there is no more to it than that"

// textOf returns message n of a sender. No two are equal.
func textOf(sender int, n uint32) string {
	return fmt.Sprintf("c%d.%d %s", sender, n, padding[:(n*37)%uint32(len(padding))])
}

// parseText returns the sender and the number of a message. ok is false if textOf did not make the
// text.
func parseText(text string) (sender int, n uint32, ok bool) {
	name, _, _ := strings.Cut(text, " ")
	who, number, _ := strings.Cut(strings.TrimPrefix(name, "c"), ".")
	sender, badSender := strconv.Atoi(who)
	parsed, badNumber := strconv.ParseUint(number, 10, 32)
	return sender, uint32(parsed), badSender == nil && sender >= 0 && badNumber == nil && text == textOf(sender, uint32(parsed))
}
