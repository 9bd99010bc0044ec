package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// followers read the logs of all hosts as they grow.
type followers []*follower

// follower reads one log.
type follower struct {
	name  string
	read  int64          // bytes
	texts map[string]int // how often each occurs
}

func newFollowers(dirs []string) *followers {
	all := make(followers, len(dirs))
	for i, dir := range dirs {
		all[i] = &follower{name: filepath.Join(dir, "access.log"), texts: map[string]int{}}
	}
	return &all
}

// have reads on, and says whether each log has all of some texts.
func (all followers) have(texts []string) bool {
	there := true
	for _, f := range all {
		f.readOn()
		for _, text := range texts {
			there = there && f.texts[text] > 0
		}
	}
	return there
}

// equal says whether the logs have the same number of texts. If they all have the acknowledged
// ones, they have all the same texts then.
func (all followers) equal() bool {
	for _, f := range all {
		if len(f.texts) != len(all[0].texts) {
			return false
		}
	}
	return true
}

// doubled says whether a log has a text twice.
func (all followers) doubled() (wrong string) {
	for _, f := range all {
		twice := 0
		for _, n := range f.texts {
			twice += n - 1
		}
		if twice > 0 {
			wrong = fmt.Sprintf("%d lines doubled", twice)
		}
	}
	return wrong
}

// readOn reads the new whole lines. A log that cannot be read has none.
func (f *follower) readOn() {
	file, err := os.Open(f.name)
	if err != nil {
		return
	}
	defer file.Close() // it was only read
	data, err := io.ReadAll(io.NewSectionReader(file, f.read, 1<<40))
	if err != nil {
		return
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	f.read += int64(len(whole))
	for line := range bytes.Lines(whole) {
		// The time, the id, and the text.
		if parts := bytes.SplitN(bytes.TrimRight(line, "\r\n"), []byte(" "), 3); len(parts) == 3 {
			f.texts[string(parts[2])]++
		}
	}
}
