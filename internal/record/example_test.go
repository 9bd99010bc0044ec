package record_test

import (
	"fmt"
	"time"

	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

func Example() {
	r := record.Record{
		Origin: "LA", Boot: 94521311, Seq: 42,
		Time: time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC).Unix(),
		Text: []byte("the cat is out\r\n"),
	}
	if err := r.Check(); err != nil {
		panic(err)
	}
	var f record.Formatter
	line := f.Append(nil, &r)
	fmt.Printf("%q\n", line)

	var p record.Parser
	back, err := p.Parse(line)
	fmt.Println(back.Origin, back.Boot, back.Seq, err)
	// Output:
	// "2026-11-22T10:26:00Z LA.1k9x3z.42 the cat is out\r\n"
	// LA 94521311 42 <nil>
}

// What a client sends is classified first; what is refused is shown to whoever
// reads error.log, but never raw.
func ExampleClassify() {
	sent := []byte("\x1b[2J you see nothing\r\n")
	if r := record.Classify(sent); r != pzog.Refusal_NONE {
		at := time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC)
		fmt.Printf("%s", record.ErrorLine(nil, at, "127.0.55.4:40312", record.Explain(r, sent), sent))
	}
	// Output:
	// 2026-11-22T10:26:00Z 127.0.55.4:40312 a control character inside: "\x1b[2J you see nothing\r\n"
}
