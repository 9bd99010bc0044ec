package check

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
)

// Segments are read in the order of their numbers, whatever else lies there.
func TestSegments(t *testing.T) {
	dir := fstest.MapFS{}
	for _, name := range []string{"access.log", "access.log.10", "access.log.9", "access.log.1", "access.log.01", "access.log.0",
		"access.log.1.gz", "access.log.-1", "access.log.", "access.log.99999999999999999999", "error.log", "error.log.1", ".lock", "access.log.2/x"} {
		dir[name] = &fstest.MapFile{}
	}
	got, err := Segments(dir)
	if want := []string{"access.log.1", "access.log.9", "access.log.10", "access.log"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := Segments(fstest.MapFS{"error.log": {}}); err == nil {
		t.Error("a directory without a log is no error")
	}
}

// A log is all its segments; what is found is named by its segment.
func TestReadDir(t *testing.T) {
	sent := &Record{}
	for _, m := range ok("c1", "a", "b", "c") {
		sent.Add(m)
	}
	c, err := New(sent, Config{Hosts: []string{"MV"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{
		"access.log":   {Data: []byte(written([]string{"MV.1.3 c", "MV.1.1 a"}))},
		"access.log.2": {Data: []byte(written([]string{"MV.1.2 b"}))},
		"access.log.1": {Data: []byte(written([]string{"MV.1.1 a"}))},
	}
	if err := c.Log(0).ReadDir(dir); err != nil {
		t.Fatal(err)
	}
	requireFindings(t, c.Report(), []string{`duplicated MV access.log:2, MV.1.1, "a"`})
}

// What fills the buffer without an end is malformed, not an error, and hides
// nothing behind it.
func TestALineWithoutEnd(t *testing.T) {
	r := ring{sent: ok("c1", "a"), logs: all([]string{"+" + strings.Repeat("x", 3*readSize) + "\n", "MV.1.1 a"})}
	host := &r.report(t).Hosts[0]
	if n := host.Counts[Malformed]; n != 4 || host.Faults() != n {
		t.Errorf("%v", host.Counts)
	}
}

func TestReadFails(t *testing.T) {
	c, err := New(&Record{}, Config{Hosts: []string{"MV"}})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := c.Log(0).Read("access.log", iotest.ErrReader(broken)); !errors.Is(err, broken) || !strings.Contains(err.Error(), "MV") {
		t.Errorf("%v", err)
	}
	if err := c.Log(0).ReadDir(fstest.MapFS{}); err == nil {
		t.Error("an empty directory is no error")
	}
}

// A record comes back as it was written.
func TestReadRecord(t *testing.T) {
	const text = `{"sender":"c1","n":1,"host":"MV","text":"a","outcome":"ok","copies":2}
{"sender":"c1","n":2,"text":"b","outcome":"refused"}
{"sender":"c2","n":1,"text":"c","outcome":"unknown","sends":3}
`
	r, err := ReadRecord(strings.NewReader(text))
	if err != nil || r.Len() != 3 {
		t.Fatalf("%d messages, %v", r.Len(), err)
	}
	if r.counts != [...]uint64{Ok: 1, Refused: 1, Unknown: 1} {
		t.Errorf("%v", r.counts)
	}
	var again strings.Builder
	out := json.NewEncoder(&again)
	for in := json.NewDecoder(strings.NewReader(text)); ; {
		var m Message
		if err := in.Decode(&m); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if err := out.Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	if again.String() != text {
		t.Errorf("got\n%s", again.String())
	}
}

func TestReadRecordRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"an unknown key":     `{"sender":"c1","n":1,"text":"a","outcome":"ok","result":"ok"}`,
		"an unknown outcome": `{"sender":"c1","n":1,"text":"a","outcome":"OK"}`,
		"no outcome":         `{"sender":"c1","n":1,"text":"a"}`,
		"no JSON":            `c1 1 a ok`,
		"half a message":     `{"sender":"c1","n":1,"text":"a","outco`,
	} {
		good := `{"sender":"c1","n":9,"text":"a","outcome":"ok"}` + "\n"
		if _, err := ReadRecord(strings.NewReader(good + text)); err == nil || !strings.Contains(err.Error(), "message 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOutcome(t *testing.T) {
	if _, err := json.Marshal(Message{Outcome: 9}); err == nil {
		t.Error("an outcome that there is not is written")
	}
	if s := Outcome(9).String(); s != "Outcome(9)" || Ok.String() != "ok" {
		t.Error(s)
	}
}
