package texts_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"xlattice.org/zog/bench/texts"
)

// log is what two clients have sent, 20 and 10 texts, as a host may have it.
func log(size int) []string {
	var lines []string
	for client, n := range []int{20, 10} {
		for text := range texts.All(client, 1, n, size) {
			lines = append(lines, "2026-11-22T10:26:00Z MV.1k9x3z.42 "+text+"\r\n")
		}
	}
	return lines
}

// check returns what is said of a log.
func check(size int, lines []string) string {
	c := texts.NewCheck(2, size)
	err := c.Lines(strings.NewReader(strings.Join(lines, "")))
	if err == nil {
		err = c.Done([]int{20, 10})
	}
	if err != nil {
		return err.Error()
	}
	return "sound"
}

// A log is sound with all texts, each client's in their order, and not otherwise.
func TestCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(lines []string) []string
		want   string
	}{
		"all":              {func(l []string) []string { return l }, "sound"},
		"clients mixed":    {func(l []string) []string { return slices.Concat(l[20:25], l[:20], l[25:]) }, "sound"},
		"one lost":         {func(l []string) []string { return slices.Delete(l, 7, 8) }, "line 8: text 9 of client 0 comes behind its text 7"},
		"the last lost":    {func(l []string) []string { return l[:29] }, "9 texts of client 1, not 10"},
		"one twice":        {func(l []string) []string { return slices.Insert(l, 7, l[6]) }, "line 8: text 7 of client 0 comes behind its text 7"},
		"two swapped":      {func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }, "line 4: text 5"},
		"a letter":         {func(l []string) []string { l[3] = strings.Replace(l[3], "abc", "abd", 1); return l }, "line 4: no text"},
		"a digit":          {func(l []string) []string { l[3] = strings.Replace(l[3], "0000.0", "0007.0", 1); return l }, "there is no client 7"},
		"cut off":          {func(l []string) []string { l[29] = l[29][:20]; return l }, "line 30 has no end"},
		"two in a line":    {func(l []string) []string { l[3] = l[3][:len(l[3])-2]; return l }, "line 4: text 5"},
		"nothing at all":   {func([]string) []string { return nil }, "0 texts of client 0, not 20"},
		"something else":   {func(l []string) []string { return append(l, "\r\n") }, "line 31: no text"},
		"LF alone will do": {func(l []string) []string { l[3] = strings.Replace(l[3], "\r", "", 1); return l }, "sound"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{48, 120} {
				if got := check(size, tt.change(log(size))); !strings.Contains(got, tt.want) {
					t.Errorf("size %d: %s, want %s", size, got, tt.want)
				}
			}
		})
	}
}

// Texts are as long as was asked for, and all different.
func TestAll(t *testing.T) {
	for _, size := range []int{texts.MinSize, 32, 48, texts.MaxSize} {
		seen := make(map[string]bool)
		for text := range texts.All(3, 1, 1000, size) {
			if len(text)+2 != size || seen[text] {
				t.Fatalf("size %d: %q, there before: %v", size, text, seen[text])
			}
			seen[text] = true
		}
		if len(seen) != 1000 {
			t.Errorf("size %d: %d texts", size, len(seen))
		}
	}
}

// FuzzParse: whatever a line is, what is found in it is what was written there.
func FuzzParse(f *testing.F) {
	for text := range texts.All(12, 345, 346, 48) {
		f.Add([]byte(text))
	}
	form := texts.NewForm(48)
	f.Fuzz(func(t *testing.T, line []byte) {
		client, n, ok := form.Parse(line)
		if !ok {
			return
		}
		for text := range texts.All(client, n, n, 48) {
			if !bytes.HasSuffix(line, []byte(text)) {
				t.Fatalf("in %q there is no %q", line, text)
			}
		}
	})
}
