package peer

import (
	"bytes"
	"os"
)

// Count tells how often it has said a word.
func (p *Process) Count(word string) int {
	said, _ := os.ReadFile(p.said) // what cannot be read does not say it
	return bytes.Count(said, []byte(word))
}
