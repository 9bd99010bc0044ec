package ringtest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"xlattice.org/zog/messages"
)

// When says at which events a fault fires. An event is a message to an actor, a frame on a link, or
// an operation of a disk. The zero value is all of them.
type When struct {
	// Of is the type of the event; "" is any. For an actor it is the type of the message ("Take",
	// see the table in package messages). For a link it is the kind of the frame ("KeepAlive",
	// "Ack", "Data", "Ok", or "bytes" for what is no frame). For a disk it is the operation
	// ("open", "create", "read", "write", "sync", "truncate", "rename", "remove", "syncdir", or
	// "change" for each that changes the disk).
	Of string
	// Skip is the number of events of the type before the fault can fire.
	Skip int
	// Times is how often the fault fires at most; 0 means until it is healed.
	Times int
	// Chance is the probability with which the fault fires at an event, by the ring's seed; 0 means
	// always.
	Chance float64

	wrong string // why no fault can have the condition
}

// Nth fires once, at the nth event of a type. The first is 1.
func Nth(n int, of string) When {
	w := When{Of: of, Skip: n - 1, Times: 1}
	if n < 1 {
		w.wrong = fmt.Sprintf("Nth(%d, %q): the first is 1", n, of)
	}
	return w
}

// Every fires at each event of a type.
func Every(of string) When { return When{Of: of} }

// Some fires at an event of a type with a probability that is more than 0 and at most 1.
func Some(part float64, of string) When {
	w := When{Of: of, Chance: part}
	if !(part > 0 && part <= 1) {
		w.wrong = fmt.Sprintf("Some(%g, %q): a part is more than 0 and not more than 1", part, of)
	}
	return w
}

// check returns an error if no fault can have the condition. of lists the types of events, and what
// says what they are types of.
func (w When) check(what string, of []string) error {
	switch {
	case w.wrong != "":
		return errors.New(w.wrong)
	case w.Skip < 0:
		return fmt.Errorf("When.Skip is %d: it is 0 or more", w.Skip)
	case w.Times < 0:
		return fmt.Errorf("When.Times is %d: it is 0, which is all, or more", w.Times)
	case !(w.Chance >= 0 && w.Chance <= 1):
		return fmt.Errorf("When.Chance is %g: it is 0, which is all, to 1", w.Chance)
	case w.Of != "":
		return known(what, w.Of, of)
	}
	return nil
}

// known returns an error unless a name is in a list.
func known(what, name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	return fmt.Errorf("there is no %s %q; there are %s", what, name, strings.Join(names, ", "))
}

// String describes the condition, as it appears in the record of faults.
func (w When) String() string {
	var b strings.Builder
	b.WriteString(w.Of)
	if w.Of == "" {
		b.WriteString("anything")
	}
	if w.Chance > 0 {
		fmt.Fprintf(&b, ", %g of them", w.Chance)
	}
	if w.Skip > 0 {
		fmt.Fprintf(&b, ", not the first %d", w.Skip)
	}
	if w.Times > 0 {
		fmt.Fprintf(&b, ", %s", times(w.Times))
	}
	return b.String()
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprint(n, " times")
}

// typeOf returns a message's type, as When.Of names it.
func typeOf(m any) string {
	t := reflect.TypeOf(m)
	if t == nil {
		return "nil"
	}
	if _, ok := m.(messages.Batch); ok {
		return "Batch" // of a client or of a peer
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
