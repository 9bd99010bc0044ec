package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/ringtest"
)

const ms = time.Millisecond

// Long pauses are shortened, typing is not.
func TestShorten(t *testing.T) {
	got := shorten([]event{{0, 0, "a"}, {3000 * ms, 4000 * ms, "b"}, {7500 * ms, 0, "c"}, {9000 * ms, 0, "d"}}, time.Second)
	want := []event{{0, 0, "a"}, {1000 * ms, 4000 * ms, "b"}, {5500 * ms, 0, "c"}, {6500 * ms, 0, "d"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// text returns a line with its changes of style.
func text(row []cell) string {
	var b strings.Builder
	for i, c := range row {
		if i == 0 && c.style != plain || i > 0 && c.style != row[i-1].style {
			fmt.Fprintf(&b, "<%d>", c.style)
		}
		b.WriteRune(c.r)
	}
	return b.String()
}

func TestDraw(t *testing.T) {
	for _, test := range []struct {
		name   string
		events []event
		rows   []string
		frames []frame
	}{
		{"nothing", nil, []string{""}, []frame{{}}},
		{"lines", []event{{0, 0, "one\r\ntwo\r\r\n\nthree"}}, []string{"one", "two", "", "three"}, []frame{{0, 0, 3, 5}}},
		{"colours", []event{{0, 0, "a \x1b[32mok\x1b[0m b"}, {50 * ms, 0, "\x1b[1mc\n\x1b[36md"}},
			[]string{"a <32>ok<0> b<1>c", "<36>d"}, []frame{{0, 0, 0, 6}, {50 * ms, 0, 1, 1}}},
		{"at the same time, nearly", []event{{0, 0, "a"}, {19 * ms, 0, "b"}, {20 * ms, 0, "c\n"}},
			[]string{"abc", ""}, []frame{{0, 0, 0, 2}, {20 * ms, 0, 1, 0}}},
		{"typed", []event{{0, 0, "$ "}, {5 * ms, 100 * ms, "ls"}, {100 * ms, 0, "\n"}},
			[]string{"$ ls", ""}, []frame{{0, 0, 0, 2}, {20 * ms, 100 * ms, 0, 4}, {140 * ms, 0, 1, 0}}},
		{"as wide as it can be", []event{{0, 0, "ångström 1"}}, []string{"ångström 1"}, []frame{{0, 0, 0, 10}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := draw(test.events, 10)
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			for _, row := range p.rows {
				rows = append(rows, text(row))
			}
			if !slices.Equal(rows, test.rows) {
				t.Errorf("rows: got %q, want %q", rows, test.rows)
			}
			if !slices.Equal(p.frames, test.frames) {
				t.Errorf("frames: got %v, want %v", p.frames, test.frames)
			}
		})
	}
}

// Output that needs more of a terminal than draw knows is an error.
func TestWhatCannotBeDrawn(t *testing.T) {
	for _, text := range []string{
		"eleven char", "10%\r20%", "\x1b[K", "\x1b[33;1m", "\x1b[35m", "\x1b[032m", "\x1b", "a\tb", "\a", "\x7f", "\xc3",
	} {
		if p, err := draw([]event{{0, 0, text}}, 10); err == nil {
			t.Errorf("%q: %v", text, p)
		}
	}
}

// No run begins or ends with a space, or has two in a row.
func TestRuns(t *testing.T) {
	p, err := draw([]event{{0, 0, " a b  c\x1b[32m d \x1b[0m e "}}, 20)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs(p.rows[0]) {
		got = append(got, fmt.Sprintf("%d %d %q", r.col, r.style, letters(r.letters)))
	}
	if want := []string{`1 0 "a b"`, `6 0 "c"`, `8 32 "d"`, `11 0 "e"`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A short session that scrolls, as SVG.
func TestRender(t *testing.T) {
	p, err := draw([]event{
		{0, 0, ready}, {500 * ms, 1000 * ms, sgr(bold) + "cat <a & b" + sgr(plain)},
		{2000 * ms, 0, "\none  " + sgr(red) + "two" + sgr(plain) + "\nthree\n" + ready},
	}, 20)
	if err != nil {
		t.Fatal(err)
	}
	svg, err := render(p, window{columns: 20, rows: 3, hold: 2 * time.Second, title: "a & b", description: "<c>"})
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, svg)
	ringtest.Golden(t, "short.svg", svg)
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// docs/demo.svg is a recording of this session with the right end. It is small, refers to no
// other file, and has no path of the machine.
func TestRecording(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", output))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(data)
	wellFormed(t, svg)
	if len(svg) > 60_000 {
		t.Errorf("%d bytes", len(svg))
	}
	for _, step := range session {
		if !strings.Contains(svg, ">"+escaped(step.command)+"<") || !strings.Contains(svg, escaped(step.say)+"<") {
			t.Errorf("it is not in the recording: make demo-svg makes it anew: %v", step)
		}
	}
	if !strings.Contains(svg, ">5/5 identical: ") {
		t.Error("the logs are not identical at the end")
	}
	rest := strings.ReplaceAll(svg, "http://www.w3.org/2000/svg", "")
	if found := regexp.MustCompile(`(?i)<script|href|url\(|@import|https?:|/(home|root|tmp|work|Users)/`).FindString(rest); found != "" {
		t.Errorf("it has %s", found)
	}
}
