package main

import (
	"fmt"
	"strings"
	"text/template"
	"time"
)

// window is the part of a picture that is visible.
type window struct {
	columns, rows int
	hold          time.Duration // how long the end is shown before the animation restarts
	title         string
	description   string
}

// lasts returns how long the animation takes.
func (w window) lasts(p *picture) time.Duration { return p.frames[len(p.frames)-1].end() + w.hold }

// In pixels.
const (
	lineHeight = 19
	baseline   = 14
	margin     = 14
)

// across returns the width of columns in pixels.
func across(columns int) float64 { return float64(columns*84) / 10 }

// down returns the height of rows in pixels.
func down(rows int) int { return rows * lineHeight }

// All lines are in the document from the start. The cover has the colour of the background and
// hides what is after the cursor; it moves with the cursor, and the lines scroll up. Without
// animation the document shows the end.
var document = template.Must(template.New("svg").Parse(
	`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{.Outer.Width}} {{.Outer.Height}}" width="{{.Outer.Width}}" height="{{.Outer.Height}}" role="img" aria-labelledby="title desc">
  <title id="title">{{html .Title}}</title>
  <desc id="desc">{{html .Description}}</desc>
  <style>
    text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace }
    rect, path { fill: #161b22 }
{{- range .Styles}}
    {{.}}
{{- end}}
    .lines, .cover { animation: {{printf "%.2f" .Seconds}}s step-end infinite }
    .lines { animation-name: lines }
    .cover { animation-name: cover }
    @media (prefers-reduced-motion: reduce) { .lines, .cover { animation: none } }
    @keyframes lines {
{{- range .Lines}}
      {{.}}
{{- end}}
    }
    @keyframes cover {
{{- range .Cover}}
      {{.}}
{{- end}}
    }
  </style>
  <rect x="0.5" y="0.5" width="{{.Border.Width}}" height="{{.Border.Height}}" rx="8" stroke="#57606a"/>
  <svg x="{{.Margin}}" y="{{.Margin}}" width="{{.Inner.Width}}" height="{{.Inner.Height}}">
    <g class="lines" transform="translate(0 {{.Up}})">
{{- range .Runs}}
      {{.}}
{{- end}}
      <g class="cover" transform="translate({{.X}} {{.Y}})">
        <path d="M0 0H{{.Inner.Width}}V{{.Below}}H-{{.Inner.Width}}V{{.LineHeight}}H0z"/>
        <path class="s0" d="M0 1H{{.Letter}}V{{.LineHeight}}H0z"/>
      </g>
    </g>
  </svg>
</svg>
`))

type size struct {
	Width  float64
	Height int
}

func (s size) grown(by int) size { return size{s.Width + float64(by), s.Height + by} }

// render returns a picture as SVG.
func render(p *picture, w window) (string, error) {
	inner := size{across(w.columns), down(w.rows)}
	outer := inner.grown(2 * margin)
	last := p.frames[len(p.frames)-1]
	var b strings.Builder
	err := document.Execute(&b, map[string]any{
		"Title": w.title, "Description": w.description,
		"Inner": inner, "Outer": outer, "Border": outer.grown(-1), "Margin": margin,
		"Styles": rules(p), "Seconds": w.lasts(p).Seconds(), "Lines": moveLines(p, w), "Cover": moveCover(p, w),
		"Runs": texts(p), "Up": -w.top(last), "X": across(last.col), "Y": down(last.row),
		"Below": down(len(p.rows)), "LineHeight": lineHeight, "Letter": across(1),
	})
	return b.String(), err
}

// rules returns CSS for each style that is used, and for plain, which the cursor has.
func rules(p *picture) (found []string) {
	used := map[style]bool{plain: true}
	for _, row := range p.rows {
		for _, c := range row {
			used[c.style] = true
		}
	}
	for _, s := range []style{plain, bold, red, green, yellow, cyan} {
		if used[s] {
			found = append(found, fmt.Sprintf(".s%d { %s }", s, styles[s]))
		}
	}
	return found
}

// top returns how far the lines are scrolled at a frame, in pixels.
func (w window) top(f frame) int { return down(max(0, f.row-w.rows+1)) }

// moveLines returns the keyframes of the lines.
func moveLines(p *picture, w window) (found []string) {
	for i, f := range p.frames {
		if i == 0 || w.top(f) != w.top(p.frames[i-1]) {
			found = append(found, fmt.Sprintf("%s { transform: translate(0, %dpx) }", w.percent(p, f.at), -w.top(f)))
		}
	}
	return found
}

// moveCover returns the keyframes of the cover.
func moveCover(p *picture, w window) (found []string) {
	for i, f := range p.frames {
		if f.typed > 0 {
			before := p.frames[i-1]
			found = append(found, fmt.Sprintf("%s { transform: %s; animation-timing-function: steps(%d) }",
				w.percent(p, f.at), before.translate(), f.col-before.col))
		}
		found = append(found, fmt.Sprintf("%s { transform: %s }", w.percent(p, f.end()), f.translate()))
	}
	return found
}

func (f frame) translate() string {
	return fmt.Sprintf("translate(%gpx, %dpx)", across(f.col), down(f.row))
}

// percent returns a time as a share of the animation.
func (w window) percent(p *picture, at time.Duration) string {
	return fmt.Sprintf("%.3f%%", 100*at.Seconds()/w.lasts(p).Seconds())
}

// texts returns all runs as elements. textLength makes the width the same in every font.
func texts(p *picture) (found []string) {
	for i, row := range p.rows {
		for _, r := range runs(row) {
			found = append(found, fmt.Sprintf(`<text x="%g" y="%d" class="s%d" textLength="%g">%s</text>`,
				across(r.col), down(i)+baseline, r.style, across(len(r.letters)), escaped(letters(r.letters))))
		}
	}
	return found
}

// escaped escapes a text for XML.
func escaped(text string) string { return template.HTMLEscapeString(text) }

// run is a part of a line in one style, without two spaces in a row: these do not survive in
// XML text.
type run struct {
	col     int
	style   style
	letters []cell
}

// runs splits a line. No run begins or ends with a space.
func runs(row []cell) (found []run) {
	for i := 0; i < len(row); i++ {
		if row[i].r == ' ' {
			continue
		}
		begin := i
		for i+1 < len(row) && goesOn(row[i+1:], row[begin].style) {
			i++
		}
		found = append(found, run{begin, row[begin].style, row[begin : i+1]})
	}
	return found
}

// goesOn reports whether a run in a style continues with the first of these cells.
func goesOn(row []cell, s style) bool {
	if row[0].r == ' ' && (len(row) == 1 || row[1].r == ' ' || row[1].style != s) {
		return false
	}
	return row[0].style == s
}
