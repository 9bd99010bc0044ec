package inspect_test

import (
	"strings"
	"testing"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
)

// FuzzHeld: whatever is in a file, each byte of it is of a record, damaged, or
// of the last line that is not whole, which is damage too when nobody writes.
func FuzzHeld(f *testing.F) {
	f.Add([]byte(linesOf("A", 1, 3) + "x\r\n" + linesOf("B", 4, 5) + line(4)[:9]))
	f.Add([]byte("\n\n\r\n" + line(1) + line(1) + line(3)))
	f.Add([]byte(strings.Repeat("x", 300<<10)))
	f.Fuzz(func(t *testing.T, in []byte) {
		dir := directory(t, "access.log.1", string(in))
		d := open(t, dir)
		held, err := d.Held(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		damaged := int64(0)
		for _, dam := range d.Damage() {
			damaged += dam.Bytes
		}
		records := verify.Count(held)
		for _, found := range d.Findings(0) {
			if found.Kind == verify.Twice {
				records += verify.Count([]marks.Mark{found.Range})
			}
		}
		least := int64(len("2026-11-22T10:26:00Z A.1.1 \r\n"))
		if rest := int64(len(in)) - damaged; rest < int64(records)*least || rest > int64(records)*574 || rest > 0 && records == 0 {
			t.Errorf("%d bytes, %d damaged, %d records", len(in), damaged, records)
		}
	})
}
