package journal

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
)

var someRun = rapid.Custom(func(t *rapid.T) marks.Run {
	return marks.Run{Origin: rapid.StringMatching(`[A-Za-z0-9-]{1,16}`).Draw(t, "origin"), Boot: rapid.Uint64Range(1, 1<<40-1).Draw(t, "boot")}
})

func drawSums(t *rapid.T) sums {
	s := sums{size: rapid.Int64Range(0, 5*blockSize).Draw(t, "size")}
	for at := int64(0); at < s.size; at += blockSize {
		s.blocks = append(s.blocks, rapid.Uint32().Draw(t, "sum"))
	}
	return s
}

func sameSums(a, b *sums) bool { return a.size == b.size && slices.Equal(a.blocks, b.blocks) }

// What is written is read again.
func TestSmallFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &index{sealed: time.Unix(rapid.Int64().Draw(t, "sealed"), 0), sums: drawSums(t)}
		for range rapid.IntRange(0, 4).Draw(t, "runs") {
			first := rapid.Uint64Range(1, 1<<47).Draw(t, "first")
			run := someRun.Draw(t, "run")
			if x.holds.find(run) == nil {
				x.holds.extend(seqRange{run, first, first + rapid.Uint64Range(0, 1<<46).Draw(t, "more")})
			}
		}
		again, err := parseIndex(appendIndex(nil, x))
		if err != nil || !again.sealed.Equal(x.sealed) || !slices.Equal(again.holds.all, x.holds.all) || !sameSums(&again.sums, &x.sums) {
			t.Fatalf("%+v becomes %+v, %v", x, again, err)
		}
		f := floors{last: rapid.IntRange(0, 1<<40).Draw(t, "last"), of: make(map[marks.Run]uint64)}
		for range rapid.IntRange(0, 4).Draw(t, "floors") {
			f.raise(someRun.Draw(t, "run"), rapid.Uint64Range(1, 1<<48-1).Draw(t, "floor"))
		}
		text := appendFloors(nil, &f)
		if got, err := parseFloors(text); err != nil || string(appendFloors(nil, got)) != string(text) {
			t.Fatalf("%q becomes %+v, %v", text, got, err)
		}
		s, number := drawSums(t), rapid.IntRange(1, 1000).Draw(t, "number")
		var claims []byte
		for i := range s.blocks {
			claims = appendClaim(claims, number, i, s.length(i), s.blocks[i])
		}
		if got := parseClaims(claims, number); !sameSums(got, &s) {
			t.Fatalf("%+v becomes %+v", s, got)
		}
		if got := parseClaims(claims, number+1); got.size > 0 {
			t.Fatalf("claims about another segment are believed: %+v", got)
		}
	})
}

func FuzzIndex(f *testing.F) {
	x := &index{sealed: time.Unix(7, 0), sums: sums{size: 70_000, blocks: []uint32{1, 2}}}
	x.holds.extend(seqRange{marks.Run{Origin: "LA", Boot: 7}, 3, 9})
	x.holds.extend(seqRange{marks.Run{Origin: "LA", Boot: 7}, 12, 12})
	f.Add(appendIndex(nil, x))
	f.Add([]byte("zog index 1\nbytes -5\nblocks\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, in []byte) {
		// As it is, and with a checksum that fits.
		for _, text := range [][]byte{in, appendChecksum(slices.Clone(in))} {
			x, err := parseIndex(text)
			if err != nil {
				continue
			}
			if string(appendIndex(nil, x)) != string(text) {
				t.Errorf("%q becomes %+v", text, x)
			}
			if x.sums.size < 0 || int64(len(x.sums.blocks)) != (x.sums.size+blockSize-1)/blockSize {
				t.Errorf("%q has sums that do not fit: %+v", text, x.sums)
			}
			for _, s := range x.holds.all {
				if s.first == 0 || s.first > s.last {
					t.Errorf("%q has the span %+v", text, s)
				}
			}
		}
	})
}

func FuzzFloors(f *testing.F) {
	var some floors
	some.raise(marks.Run{Origin: "LA", Boot: 7}, 12)
	some.raise(marks.Run{Origin: "LA", Boot: 8}, 1<<48-1)
	f.Add(appendFloors(nil, &some))
	f.Add([]byte("zog floors 1\nlast 3\n"))
	f.Add([]byte("crc 00000000\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, text := range [][]byte{in, appendChecksum(slices.Clone(in))} {
			got, err := parseFloors(text)
			if err == nil && (string(appendFloors(nil, got)) != string(text) || !got.known) {
				t.Errorf("%q becomes %+v", text, got)
			}
		}
	})
}

func FuzzClaims(f *testing.F) {
	f.Add(appendClaim(appendClaim(nil, 7, 0, blockSize, 5), 7, 1, 9, 6), 7)
	f.Add([]byte("\x00\x00\x01\x00garbage and more"), 1)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, in []byte, number int) {
		s := parseClaims(in, number)
		if int64(len(s.blocks)) != (s.size+blockSize-1)/blockSize {
			t.Fatalf("%q: %d bytes in %d blocks", in, s.size, len(s.blocks))
		}
		var out []byte
		for i := range s.blocks {
			out = appendClaim(out, number, i, s.length(i), s.blocks[i])
		}
		if string(out) != string(in[:len(out)]) {
			t.Errorf("%q is read as %+v", in, s)
		}
	})
}
