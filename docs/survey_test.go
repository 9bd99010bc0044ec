package docs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/verify"
)

// The digest that protocol.md shows, and the limits that it names, are those of
// the code.
func TestSurveys(t *testing.T) {
	rec := &record.Record{
		Origin: "LA", Boot: 94521311, Seq: 42, Text: []byte("the cat is out\r\n"),
		Time: time.Date(2026, 11, 22, 10, 26, 0, 0, time.UTC).Unix(),
	}
	d := verify.NewDigester([]marks.Mark{{Run: marks.Run{Origin: rec.Origin, Boot: rec.Boot}, First: 42, Seq: 42}})
	d.Add(rec)
	for _, want := range []string{
		fmt.Sprintf("has the digest `%x`", string(d.Digests()[0])),
		fmt.Sprintf("may be %d,%03d in one survey", verify.MaxRanges/1000, verify.MaxRanges%1000),
	} {
		if !strings.Contains(protocol(t), want) {
			t.Errorf("protocol.md does not say: %s", want)
		}
	}
}
