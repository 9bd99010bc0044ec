package row_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// sent is one message of a client by itself.
type sent struct {
	id, session, number uint64
	text                string
}

// drawSent draws what a client sends, so that rows form, end for every reason, and begin
// at the ends of what a number can be.
func drawSent(r *rapid.T) (all []sent) {
	var s sent
	for range rapid.IntRange(0, 40).Draw(r, "messages") {
		switch rapid.SampledFrom([]string{"next", "next", "next", "refused before it", "session", "number", "id"}).Draw(r, "how") {
		case "refused before it":
			s.id, s.number = s.id+1, s.number+1
		case "session":
			s.session = rapid.Uint64Range(0, 2).Draw(r, "session")
		case "number":
			s.number = rapid.SampledFrom([]uint64{0, 5, math.MaxUint64 - 1}).Draw(r, "number")
		case "id":
			s.id = rapid.SampledFrom([]uint64{0, 5, math.MaxUint64 - 1}).Draw(r, "id")
		}
		s.id, s.number = s.id+1, s.number+1
		if s.session == 0 {
			s.number = 0
		}
		s.text = rapid.StringMatching(`[a-z]{0,9}`).Draw(r, "text") + "\r\n"
		all = append(all, s)
	}
	return all
}

// apartSent returns the messages of rows one by one.
func apartSent(rows []row.Unidentified) (all []sent) {
	for i := range rows {
		for m := range rows[i].Len() {
			one := rows[i].Slice(m, m+1)
			all = append(all, sent{one.ID, one.Session, one.Number, string(one.Text(0))})
		}
	}
	return all
}

// What a client sends is what its rows hold, in its order, in as many batches as it comes
// in, and parts of them too. With an identity it is the same messages.
func TestRowsOfAClientHoldItsMessages(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var b row.ClientBuilder
		run := marks.Run{Origin: "LA", Boot: 7}
		for range 3 {
			all := drawSent(r)
			for _, s := range all {
				b.Add(s.id, s.session, s.number, []byte(s.text))
			}
			rows := b.Take()
			if got := apartSent(rows); !slices.Equal(got, all) || row.Count(rows) != len(all) {
				r.Fatalf("%v, %d messages; want %v", got, row.Count(rows), all)
			}
			n := 0
			for _, u := range rows {
				identified := u.Identify(run, 5, 9)
				for m := range u.Len() {
					want := row.Head{Run: run, Seq: 5 + uint64(m), Time: 9, Session: all[n].session, Number: all[n].number}
					if got := identified.At(m); got != want || string(identified.Text(m)) != all[n].text {
						r.Fatalf("%+v %q, want %+v %q", got, identified.Text(m), want, all[n].text)
					}
					n++
				}
			}
		}
	})
}

// Messages that follow each other are one row, but where one between them is refused.
func TestMessagesOfAClientFormRows(t *testing.T) {
	var b row.ClientBuilder
	for id := range uint64(6) {
		if id != 3 {
			b.Add(id+1, 9, id+1, []byte("x\r\n"))
		}
	}
	var got []string
	for _, u := range b.Take() {
		got = append(got, fmt.Sprintf("%d from id %d, number %d", u.Len(), u.ID, u.Number))
	}
	if want := []string{"3 from id 1, number 1", "2 from id 5, number 5"}; !slices.Equal(got, want) {
		t.Errorf("rows of %q, want %q", got, want)
	}
}
