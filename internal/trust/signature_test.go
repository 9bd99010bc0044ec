package trust_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
)

// What signatures over the lines of a run would cost (docs/security.md, "What signatures would
// add"). Nothing in the product signs lines.

// chain returns the chained digest of a run after some lines: that of the digest before and the
// line, for each.
func chain(before [sha256.Size]byte, lines [][]byte) [sha256.Size]byte {
	buf := make([]byte, 0, 256)
	for _, line := range lines {
		buf = append(append(buf[:0], before[:]...), line...)
		before = sha256.Sum256(buf)
	}
	return before
}

// signed is what a signature is over: the run, the number of the last line and the digest.
func signed(number uint64, digest [sha256.Size]byte) []byte {
	return fmt.Appendf(nil, "zog run MV.599a3ee81 %d %x", number, digest)
}

// linesOf returns so many lines with a text of 46 bytes.
func linesOf(n int) (lines [][]byte) {
	for i := range n {
		lines = append(lines, fmt.Appendf(nil, "1796026800 MV.599a3ee81.%d %046d\r\n", 100_000+i, i))
	}
	return lines
}

// BenchmarkSignedLines tells what the origin pays for each message, and what each receiver pays.
func BenchmarkSignedLines(b *testing.B) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, batch := range []int{1, 16, 256} {
		lines := linesOf(batch)
		perMessage := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/message")
		}
		b.Run(fmt.Sprintf("origin/batch=%d", batch), func(b *testing.B) {
			var digest [sha256.Size]byte
			for b.Loop() {
				digest = chain(digest, lines)
				_ = ed25519.Sign(key, signed(1, digest))
			}
			perMessage(b)
		})
		b.Run(fmt.Sprintf("receiver/batch=%d", batch), func(b *testing.B) {
			var before [sha256.Size]byte
			signature := ed25519.Sign(key, signed(1, chain(before, lines)))
			for b.Loop() {
				if !ed25519.Verify(public, signed(1, chain(before, lines)), signature) {
					b.Fatal("the signature is not good")
				}
			}
			perMessage(b)
		})
		b.Run(fmt.Sprintf("ring of five/batch=%d", batch), func(b *testing.B) {
			var digest [sha256.Size]byte
			for b.Loop() {
				before := digest
				digest = chain(before, lines)
				signature := ed25519.Sign(key, signed(1, digest))
				for range 4 {
					if !ed25519.Verify(public, signed(1, chain(before, lines)), signature) {
						b.Fatal("the signature is not good")
					}
				}
			}
			perMessage(b)
		})
	}
}
