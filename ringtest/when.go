package ringtest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"xlattice.org/zog/messages"
)

// When says which of the chances that come a fault takes. A chance is a message
// to an actor, a frame on a link, or an operation of a disk. The zero value takes
// all of them.
type When struct {
	// Of is the type of what must come, "" is any: of an actor's mail the name of
	// the type ("Take", see the table in package messages), on a link the kind of
	// the frame ("KeepAlive", "Ack", "Data", "Ok", or "bytes" for what is none), on a disk the operation
	// ("open", "create", "read", "write", "sync", "truncate", "rename",
	// "remove", "syncdir"; "change" is each that changes it).
	Of string
	// Skip is how many chances pass first.
	Skip int
	// Times is how many are taken then; 0 is all until the fault is healed.
	Times int
	// Chance is the part of them that is taken, by the ring's seed; 0 is all.
	Chance float64

	wrong string // what no fault can be made of
}

// Nth takes the nth chance of a type, the first being 1, and no other.
func Nth(n int, of string) When {
	w := When{Of: of, Skip: n - 1, Times: 1}
	if n < 1 {
		w.wrong = fmt.Sprintf("Nth(%d, %q): the first is 1", n, of)
	}
	return w
}

// Every takes each chance of a type.
func Every(of string) When { return When{Of: of} }

// Some takes a part of the chances of a type: more than 0 and not more than 1.
func Some(part float64, of string) When {
	w := When{Of: of, Chance: part}
	if !(part > 0 && part <= 1) {
		w.wrong = fmt.Sprintf("Some(%g, %q): a part is more than 0 and not more than 1", part, of)
	}
	return w
}

// check returns why no fault can be made of the condition, if none can. of are the types
// that there are, and what is what they are types of.
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

// known returns an error unless a name is one of those that there are.
func known(what, name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	return fmt.Errorf("there is no %s %q; there are %s", what, name, strings.Join(names, ", "))
}

// String is the condition as records have it.
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

// typeOf is a message's type as When.Of has it.
func typeOf(m any) string {
	t := reflect.TypeOf(m)
	if t == nil {
		return "nil"
	}
	if _, ok := m.(messages.Batch); ok {
		return "Batch" // from whomever
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
