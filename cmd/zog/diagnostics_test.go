package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestDiagnostics(t *testing.T) {
	say := func(d diagnostics) string {
		t.Helper()
		var b bytes.Buffer
		log, err := d.logger(&b)
		if err != nil {
			t.Fatal(err)
		}
		log.Debug("a detail")
		log.WithField("host", "MV").Info("red \x1b[31m\nand a line")
		return b.String()
	}
	if got, want := say(diagnostics{format: "text"}), `level=info msg="red \x1b[31m\nand a line" host=MV`+"\n"; got != want {
		t.Errorf("text: %q, want %q", got, want)
	}
	if got := say(diagnostics{format: "text", verbose: true, timestamps: true}); strings.Count(got, "\n") != 2 ||
		strings.Count(got, "time=") != 2 || !strings.Contains(got, "a detail") {
		t.Errorf("text, all of it: %q", got)
	}
	var entry map[string]string
	got := say(diagnostics{format: "json"})
	if err := json.Unmarshal([]byte(got), &entry); err != nil || strings.Count(got, "\n") != 1 {
		t.Errorf("json: %q: %v", got, err)
	}
	if entry["host"] != "MV" || entry["level"] != "info" || entry["time"] != "" {
		t.Errorf("json: %v", entry)
	}
	if _, err := (&diagnostics{format: "xml"}).logger(&bytes.Buffer{}); err == nil {
		t.Error("xml is taken for a format")
	}
}
