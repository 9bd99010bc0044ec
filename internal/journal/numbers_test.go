package journal_test

import (
	"strings"
	"testing"

	"xlattice.org/zog/internal/journal"
)

// A file whose number is no segment's is left as it is, and said.
func TestANumberThatIsTooHigh(t *testing.T) {
	for _, name := range []string{"access.log.9223372036854775807", "access.log.9223372036854775808", "access.log.1000000000"} {
		k := open(t)
		k.mustLog(5)
		k.put(name, line(ss, 1))
		k.recover()
		if r := k.recovery; len(r.Ignored) != 1 || !strings.Contains(r.Ignored[0].Error(), name+": the number of a segment is at most 999999999") {
			t.Errorf("%+v", r)
		}
		k.mustLog(5)
		k.reopen()
		k.mark(la, 10, 1)
		k.mark(ss, 0, 1)
		if got := k.content(name); got != line(ss, 1) {
			t.Errorf("%s has %q", name, got)
		}
		k.remove(name)
		k.sound()
		k.end()
	}
}

// The log goes on behind a number as long as there are higher ones. Then it says so, and
// gives none that it would not find again.
func TestNumbersAreUsedUp(t *testing.T) {
	k := open(t)
	k.mustLog(2)
	k.move("access.log", "access.log.999999990")
	k.mustReopen(true)
	var err error
	for range 40 {
		if err = k.log(la, 1); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "at most 999999999 can be given") {
		t.Errorf("%v", err)
	}
	if _, err := k.Recover(); err == nil || !strings.Contains(err.Error(), "rename it to a lower one") {
		t.Errorf("%v", err)
	}
	all := k.onDisk()
	if n := strings.Count(all, "\n"); n < 20 || !strings.HasPrefix(all, lines(1, uint64(n))) {
		t.Errorf("the log is\n%s", all)
	}
	k.end()

	k = open(t)
	k.mustLog(2)
	k.put("access.log.999999999", line(ss, 1))
	if _, err := k.Recover(); err == nil {
		t.Error("it goes on behind the last number")
	}
	k.move("access.log.999999999", "access.log.9")
	k.recover()
	k.mustLog(5)
	k.sound()
	k.mark(ss, 1, 1)
	k.end()
	if _, _, err := journal.Open(k.cfg); err != nil {
		t.Error(err)
	}
}
