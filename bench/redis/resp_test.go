package redis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

// said are the replies of a server that says this.
func said(s string) replies { return newReplies(strings.NewReader(s)) }

func TestCommand(t *testing.T) {
	if got := string(command(nil, "WAIT", "4", "")); got != "*3\r\n$4\r\nWAIT\r\n$1\r\n4\r\n$0\r\n\r\n" {
		t.Errorf("%q", got)
	}
}

// Two entries come, of which the last one's id is where to go on.
func TestTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	log, err := peer.OpenLog(file)
	if err != nil {
		t.Fatal(err)
	}
	one := "*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nt\r\n$3\r\none\r\n"
	two := "*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nt\r\n$4\r\n\r\n$9\r\n"
	last, err := taken(said("*1\r\n*2\r\n$3\r\nlog\r\n*2\r\n"+one+two), log)
	if err != nil || last != "1-1" {
		t.Errorf("%q, %v", last, err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if lines, err := os.ReadFile(file); err != nil || string(lines) != "one\r\n\r\n$9\r\n" {
		t.Errorf("%q, %v", lines, err)
	}
}

// What is no answer to XREAD is an error, wherever it ends.
func TestTakenFails(t *testing.T) {
	whole := "*1\r\n*2\r\n$3\r\nlog\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nt\r\n$3\r\none\r\n"
	cases := []string{"-ERR no\r\n", "*-1\r\n", "*1\r\n*2\r\n$-1\r\n", "*1\r\n*2\r\n$3\r\nlog\r\n*0\r\n", "\r\n", "what\r\n", "*x\r\n"}
	for i := range whole {
		cases = append(cases, whole[:i])
	}
	for _, s := range cases {
		log, err := peer.OpenLog(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := taken(said(s), log); err == nil {
			t.Errorf("%q is no error", s)
		}
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Where replicas are waited for, it is the answer to WAIT that acknowledges.
func TestAnswered(t *testing.T) {
	id, waited := "$3\r\n1-0\r\n", ":4\r\n"
	for _, c := range []struct {
		batch int
		said  string
		each  []int // what each call says
	}{
		{0, id + id + id, []int{3}},
		{0, ":5\r\n:5\r\n", []int{2}},
		{2, id + id + waited + id + id + waited, []int{2, 2}},
		{4, id + waited, []int{1}},
	} {
		from := said(c.said)
		client := &client{batch: c.batch, work: system.Work{Copies: 5}}
		for _, want := range c.each {
			if done, err := client.answered(from); done != want || err != nil {
				t.Errorf("%q: %d, %v, want %d", c.said, done, err, want)
			}
		}
		if _, err := client.answered(from); err == nil {
			t.Errorf("%q: the end is no error", c.said)
		}
	}
}
