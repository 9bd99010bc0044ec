package stream

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/relay"
	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

// hosts is the size of the ring. The Machine is that of host 0 for the link to host 1:
// the tree gives it the messages of H0, and those of H3 to others.
const (
	hosts = 5
	boot  = 7
)

// player gives a Machine events that are written as text, and writes down what it wants
// done. An event is a line: a word, its arguments, and before them what changes at the
// same time.
//
//	+10ms                       so much later
//	interval=5ms taken=10       Now.Interval, Now.Taken
//
//	connect                     a new Machine
//	acked [repair]
//	marks [H0=3 ...]            answers "get marks"
//	located 10|none [1]         answers the last "locate", or the one with this number
//	forward 10 [H0=4..6 ...] [size=500] [more]
//	forward 10 moved            the position has left the window
//	read H0=1..3 [size=500]     answers "read"
//	end 10                      the same
//	failed                      the same
//	sent                        answers "send", or comes by itself
//	ok 3 [early]
//	alarm next|begin|answer [1] the last one that was set, or the one with this number
//	drain
//	disconnected
type player struct {
	m    *Machine
	now  Now
	out  []byte
	asks []*marks.Vector // the marks of each "locate"
	owes Action          // the request that is to be answered next, or none
}

const none Action = 255

func newPlayer() *player {
	plan, err := ring.New(hosts, ring.Uniform)
	if err != nil {
		panic(err)
	}
	index := func(name string) (host int, ok bool) {
		_, err := fmt.Sscanf(name, "H%d", &host)
		return host, err == nil && host < hosts
	}
	return &player{m: New(relay.New(plan, 0, 1, index)), now: Now{Time: time.Unix(1000, 0)}, owes: none}
}

// play gives the Machine an event, and returns what it wants done.
func (p *player) play(line string) (wants []string, err error) {
	args := p.situation(strings.Fields(line))
	if len(args) == 0 {
		return nil, errors.New("no event")
	}
	if args[0] == "connect" {
		*p = *newPlayer()
		return nil, nil
	}
	if err := p.inTurn(args[0]); err != nil {
		return nil, err
	}
	effects, err := p.give(args[0], args[1:])
	if err != nil {
		return nil, err
	}
	p.owes = none
	for i := range effects {
		if p.owes != none {
			return nil, fmt.Errorf("an effect behind a request, %s", wants[i-1])
		}
		switch e := &effects[i]; e.Do {
		case GetMarks, Read, Send:
			p.owes = e.Do
		case Locate:
			p.asks = append(p.asks, e.Marks)
		}
		wants = append(wants, p.describe(&effects[i]))
	}
	return wants, nil
}

// situation takes what changes at the time of an event, and returns the event.
func (p *player) situation(args []string) []string {
	for len(args) > 0 {
		if d, err := time.ParseDuration(strings.TrimPrefix(args[0], "+")); err == nil {
			p.now.Time = p.now.Time.Add(d)
		} else if d, ok := strings.CutPrefix(args[0], "interval="); ok {
			p.now.Interval, _ = time.ParseDuration(d)
		} else if n, ok := strings.CutPrefix(args[0], "taken="); ok {
			p.now.Taken, _ = strconv.ParseUint(n, 10, 64)
		} else {
			return args
		}
		args = args[1:]
	}
	return nil
}

// inTurn is an error if an event answers no request, or another one than there is.
func (p *player) inTurn(event string) error {
	answers := map[string]Action{"marks": GetMarks, "read": Read, "end": Read, "failed": Read, "sent": Send}
	to, answer := answers[event]
	switch {
	case event == "disconnected", event == "sent" && p.owes == none:
		return nil
	case p.owes != none && (!answer || to != p.owes):
		return fmt.Errorf("%s does not answer the request before it", event)
	case p.owes == none && answer:
		return fmt.Errorf("%s answers no request", event)
	}
	return nil
}

func (p *player) give(event string, args []string) (effects []Effect, err error) {
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	number, notNumber := strconv.ParseUint(arg(0), 10, 64)
	switch event {
	case "acked":
		return p.m.Acked(p.now, arg(0) == "repair"), nil
	case "marks":
		return p.m.Begin(p.now, table(args)), nil
	case "located":
		return p.m.Located(p.now, p.located(arg(1)), number, notNumber == nil), nil
	case "forward":
		rows := rows(args)
		f := Forward{Position: number, OK: arg(1) != "moved", End: arg(len(args)-1) != "more", Up: ring.All(hosts), Next: number + uint64(row.Count(rows))}
		if len(rows) > 0 {
			f.Rows = [][]row.Row{rows}
		}
		p.out, effects = p.m.Forwarded(p.now, p.out, f)
		return effects, notNumber
	case "read":
		p.out, effects = p.m.ReadRows(p.now, p.out, rows(args))
		return effects, nil
	case "end":
		return p.m.EndOfLog(p.now, number), notNumber
	case "failed":
		return p.m.ReadFailed(p.now, errors.New("damaged")), nil
	case "sent":
		p.out = p.out[:0]
		return p.m.Sent(p.now), nil
	case "ok":
		return p.m.Answered(p.now, number, arg(1) != "early"), notNumber
	case "alarm":
		return p.alarm(arg(0), arg(1))
	case "drain":
		return p.m.Drain(p.now), nil
	case "disconnected":
		return p.m.Disconnected(), nil
	}
	return nil, fmt.Errorf("%s is no event", event)
}

// located returns the marks of a "locate", or others if there was none with this number.
func (p *player) located(number string) *marks.Vector {
	n := len(p.asks)
	if number != "" {
		n, _ = strconv.Atoi(number)
	}
	if n < 1 || n > len(p.asks) {
		return new(marks.Vector)
	}
	return p.asks[n-1]
}

var alarmNames = [Alarms]string{AlarmNext: "next", AlarmBegin: "begin", AlarmAnswer: "answer"}

func (p *player) alarm(name, number string) ([]Effect, error) {
	for kind, known := range alarmNames {
		if known != name {
			continue
		}
		a := Alarm{Kind: AlarmKind(kind), Number: p.m.alarms[kind].number}
		if number != "" {
			var err error
			if a.Number, err = strconv.ParseUint(number, 10, 64); err != nil {
				return nil, err
			}
		}
		return p.m.Alarm(p.now, a), nil
	}
	return nil, fmt.Errorf("%s is no alarm", name)
}

// table reads the marks of a peer.
func table(args []string) *marks.Vector {
	t := new(marks.Vector)
	for _, a := range args {
		origin, seq, _ := strings.Cut(a, "=")
		n, _ := strconv.ParseUint(seq, 10, 64)
		t.Set(marks.Mark{Run: marks.Run{Origin: origin, Boot: boot}, Seq: n})
	}
	return t
}

// rows reads the messages of an event.
func rows(args []string) []row.Row {
	text := []byte("hello\r\n")
	var b row.Builder
	for _, a := range args {
		origin, values, _ := strings.Cut(a, "=")
		if origin == "size" {
			size, _ := strconv.Atoi(values)
			text = append(bytes.Repeat([]byte("x"), size-2), "\r\n"...)
		}
	}
	for _, a := range args {
		origin, values, ok := strings.Cut(a, "=")
		if !ok || origin == "size" {
			continue
		}
		var first, last uint64
		fmt.Sscanf(values, "%d..%d", &first, &last)
		for seq := first; seq <= last; seq++ {
			b.Add(&row.Head{Run: marks.Run{Origin: origin, Boot: boot}, Seq: seq, Time: 1000, Session: 5, Number: seq}, text)
		}
	}
	return b.Take()
}

// describe writes an effect down.
func (p *player) describe(e *Effect) string {
	switch e.Do {
	case GetMarks:
		return "get marks"
	case Locate:
		return strings.Join(words("locate", marksOf(e.Marks)), " ")
	case Pull:
		return strings.Join(words(fmt.Sprint("pull ", e.Position), when(e.Now, "now"), when(e.Every, "every")), " ")
	case Reach:
		return "reach " + map[bool]string{true: "up", false: "down"}[e.Up]
	case Open:
		return "open"
	case Read:
		return "read"
	case Close:
		return "close"
	case Give:
		return "give " + rowsOf(e.Rows)
	case SayMarks:
		return "say marks"
	case Send:
		return "send " + framesOf(p.out)
	case Count:
		return fmt.Sprint("count ", e.Frames)
	case Set:
		return fmt.Sprintf("set %s %d after %v", alarmNames[e.Alarm.Kind], e.Alarm.Number, e.After)
	case Unset:
		return fmt.Sprintf("unset %s %d", alarmNames[e.Alarm.Kind], e.Alarm.Number)
	case Note:
		return "note: " + e.Text
	case Drained:
		return "drained"
	case Damage:
		return "damage: " + e.Err.Error()
	case Violation:
		return "violation: " + e.Err.Error()
	}
	return fmt.Sprintf("unknown effect %d", e.Do)
}

// words leaves out those that are empty.
func words(all ...string) (some []string) {
	for _, w := range all {
		if w != "" {
			some = append(some, w)
		}
	}
	return some
}

func when(yes bool, word string) string {
	if yes {
		return word
	}
	return ""
}

func marksOf(t *marks.Vector) string {
	var all []string
	for m := range t.All() {
		all = append(all, fmt.Sprintf("%s=%d", m.Origin, m.Seq))
	}
	return strings.Join(all, " ")
}

// rowsOf writes rows down, those that follow each other as one.
func rowsOf(all [][]row.Row) string {
	var text []string
	first, last, origin := uint64(0), uint64(0), ""
	end := func() {
		if last != 0 {
			text = append(text, fmt.Sprintf("%s=%d..%d", origin, first, last))
		}
	}
	for _, rows := range all {
		for i := range rows {
			r := &rows[i]
			if r.Origin != origin || r.Seq != last+1 {
				end()
				first, origin = r.Seq, r.Origin
			}
			last = r.Last()
		}
	}
	end()
	return strings.Join(text, " ")
}

// framesOf writes down the Data frames in a buffer: stretches of messages, and their ids.
func framesOf(buf []byte) string {
	var text []string
	var first, last frame.Data
	end := func() {
		if last.ID != 0 {
			text = append(text, fmt.Sprintf("%s=%d..%d as %d..%d", first.Origin, first.Seq, last.Seq, first.ID, last.ID))
		}
	}
	for len(buf) > 0 {
		var f frame.Frame
		body, n, err := frame.Split(buf, frame.PeerLimit)
		if err == nil {
			err = frame.Decode(body, &f)
		}
		if err != nil || f.Kind != frame.DataKind {
			return fmt.Sprintf("a frame of kind %d, error %v", f.Kind, err)
		}
		f.Data.Origin = bytes.Clone(f.Data.Origin)
		for d, ok := f.Data, true; ok; ok = d.Next() {
			if string(d.Origin) != string(last.Origin) || d.Seq != last.Seq+1 {
				end()
				first = d
			}
			last = d
		}
		buf = buf[n:]
	}
	if end(); len(text) == 0 {
		return "nothing"
	}
	return strings.Join(text, ", ")
}

// String implements fmt.Stringer, for tests.
func (p phase) String() string {
	return [...]string{idle: "idle", live: "live", fromDisk: "fromDisk", fromWindow: "fromWindow"}[p]
}
