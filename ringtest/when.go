package ringtest

import (
	"fmt"
	"reflect"
	"strings"
)

// When says which of the chances that come a fault takes. A chance is a message
// to an actor, a frame on a link, or an operation of a disk. The zero value takes
// all of them.
type When struct {
	// Of is the type of what must come, "" is any: of an actor's mail the name of
	// the type ("Take", see the table in package messages), on a link the kind of
	// the frame ("KeepAlive", "Ack", "Data", "Ok"), on a disk the operation
	// ("open", "create", "read", "write", "sync", "truncate", "rename",
	// "remove", "syncdir"; "change" is each that changes it).
	Of string
	// Skip is how many chances pass first.
	Skip int
	// Times is how many are taken then; 0 is all until the fault is healed.
	Times int
	// Chance is the part of them that is taken, by the ring's seed; 0 is all.
	Chance float64
}

// Nth takes the nth chance of a type, the first being 1, and no other.
func Nth(n int, of string) When { return When{Of: of, Skip: n - 1, Times: 1} }

// Every takes each chance of a type.
func Every(of string) When { return When{Of: of} }

// Some takes a part, between 0 and 1, of the chances of a type.
func Some(part float64, of string) When { return When{Of: of, Chance: part} }

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
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
