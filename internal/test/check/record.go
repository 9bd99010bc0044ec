package check

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Outcome is what a client knows of a message that it has sent.
type Outcome uint8

// The outcomes.
const (
	Unknown Outcome = iota // no answer: the message may be in the logs or not
	Ok                     // acknowledged: it is in the logs
	Refused                // refused, or never sent: it is not in the logs
)

var outcomes = [...]string{Unknown: "unknown", Ok: "ok", Refused: "refused"}

func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return fmt.Sprintf("Outcome(%d)", o)
}

// MarshalText implements encoding.TextMarshaler.
func (o Outcome) MarshalText() ([]byte, error) {
	if int(o) >= len(outcomes) {
		return nil, fmt.Errorf("there is no %v", o)
	}
	return []byte(outcomes[o]), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomes[:], string(text))
	if i < 0 {
		return fmt.Errorf("outcome %q is not ok, refused or unknown", text)
	}
	*o = Outcome(i)
	return nil
}

// Message is what a client knows of one message. As a line of JSON it is
//
//	{"sender":"c1","n":7,"host":"MV","text":"a text","outcome":"ok","copies":2}
//
// A sender sends its messages one after the other, over one connection at a time; a
// program that uses several connections at once is several senders.
type Message struct {
	Sender  string  `json:"sender"`
	N       uint64  `json:"n"`              // its place in the sender's order
	Host    string  `json:"host,omitempty"` // the host that answered, if known
	Text    string  `json:"text"`           // without its CRLF
	Outcome Outcome `json:"outcome"`
	Copies  int     `json:"copies,omitempty"` // as the answer said
	// ID is the identity under which the logs have it, as MV.516ogpwa.1, if the answer said.
	ID string `json:"id,omitempty"`
	// Sends is how often it was sent, at most, if the client has sent it again: so
	// many identities may have its text, and it has no place in the sender's order. 0
	// means 1.
	Sends int `json:"sends,omitempty"`
}

// Record is what clients know: all messages that they sent, in any order. The zero
// value is empty and ready.
type Record struct {
	texts    texts
	messages []message
	names    names // of senders, hosts and runs
	counts   [len(outcomes)]uint64
}

// message is a Message with numbers instead of strings.
type message struct {
	n            uint64
	sender, host int32
	text         int32
	copies       int32
	outcome      Outcome
	run          int32 // of its identity, a name; likewise seq, which is 0 if there is none
	seq          uint64
}

// names numbers strings that are few.
type names struct {
	all    []string
	number map[string]int32
}

func (n *names) numberOf(name string) int32 {
	if i, ok := n.number[name]; ok {
		return i
	}
	if n.number == nil {
		n.number = make(map[string]int32)
	}
	i := int32(len(n.all))
	n.all = append(n.all, name)
	n.number[name] = i
	return i
}

// Add adds a message.
func (r *Record) Add(m Message) {
	number := r.texts.number([]byte(m.Text))
	t := &r.texts.all[number]
	switch {
	case m.Outcome == Refused:
		t.refused = true
	case t.sends == 0:
		t.message = int32(len(r.messages))
		t.sends = int32(max(m.Sends, 1))
	default:
		t.message = none
		t.sends += int32(max(m.Sends, 1))
	}
	r.counts[m.Outcome]++
	run, seq := splitID(m.ID)
	r.messages = append(r.messages, message{
		n: m.N, sender: r.names.numberOf(m.Sender), host: r.names.numberOf(m.Host),
		text: number, copies: int32(m.Copies), outcome: m.Outcome, run: r.names.numberOf(run), seq: seq,
	})
}

// splitID returns the run and the seq of an identity. What is none has seq 0, or a run that no log
// has.
func splitID(id string) (run string, seq uint64) {
	dot := strings.LastIndexByte(id, '.')
	seq, _ = strconv.ParseUint(id[dot+1:], 10, 64)
	return id[:max(0, dot)], seq
}

// Len returns the number of messages.
func (r *Record) Len() int { return len(r.messages) }

// ReadRecord reads a record of JSON objects, one for each message. It is strict: an
// unknown field or outcome is an error, so that a misspelt outcome is noticed.
func ReadRecord(from io.Reader) (*Record, error) {
	r := &Record{}
	in := json.NewDecoder(from)
	in.DisallowUnknownFields()
	for n := 1; ; n++ {
		read := struct {
			Message
			Outcome *Outcome `json:"outcome"`
		}{}
		err := in.Decode(&read)
		if err == io.EOF {
			return r, nil
		}
		if err == nil && read.Outcome == nil {
			err = errors.New("it has no outcome")
		}
		if err != nil {
			return nil, fmt.Errorf("record, message %d: %w", n, err)
		}
		read.Message.Outcome = *read.Outcome
		r.Add(read.Message)
	}
}

// sort puts the messages into the order of sending, sender by sender.
func (r *Record) sort() error {
	order := make([]int32, len(r.messages))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &r.messages[a], &r.messages[b]
		return cmp.Or(cmp.Compare(x.sender, y.sender), cmp.Compare(x.n, y.n))
	})
	sorted := make([]message, len(order))
	place := make([]int32, len(order))
	for to, from := range order {
		sorted[to] = r.messages[from]
		place[from] = int32(to)
		if to > 0 && sorted[to].sender == sorted[to-1].sender && sorted[to].n == sorted[to-1].n {
			return fmt.Errorf("record: sender %q has two messages %d", r.names.all[sorted[to].sender], sorted[to].n)
		}
	}
	r.messages = sorted
	for i := range r.texts.all {
		if t := &r.texts.all[i]; t.message != none {
			t.message = place[t.message]
		}
	}
	return nil
}
