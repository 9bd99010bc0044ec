package report

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// The measures of the plot, in its own units, about pixels.
const (
	plotWidth = 760
	left      = 200 // where bars begin
	right     = 580 // where a bar ends that is as long as the relay's
	rowHeight = 26
	barHeight = 16
	gap       = 44 // above the bars of a work, for its heading
	margin    = 20 // around all
)

// decades is how many powers of ten the scale has, up to what the relay does.
const decades = 3

// SVG draws the ratios to the bare relay, for each work a group of bars, on a scale of
// powers of ten. It is readable on a light page and on a dark one, as it brings its
// own ground.
func (r *Results) SVG(out io.Writer) error {
	var body strings.Builder
	y := 0
	for _, w := range r.plotted() {
		y += gap
		drawWork(&body, w, y)
		y += len(w.Series) * rowHeight
	}
	drawScale(&body, y+gap/2)
	height := y + gap
	_, err := fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif" font-size="13">
  <title id="title">Throughput, as a part of what the bare relay does</title>
  <desc id="desc">%s</desc>
  <rect x="1" y="1" width="%d" height="%d" rx="14" fill="#fcfcfa" stroke="#d9d9d2"/>
%s</svg>
`, plotWidth, height, plotWidth, height, html.EscapeString(r.inWords()), plotWidth-2, height-2, body.String())
	return err
}

// x is where a ratio is on the scale.
func x(ratio float64) float64 {
	part := 1 + math.Log10(max(ratio, math.Pow(10, -decades)))/decades
	return left + part*(right-left)
}

// drawScale writes what the lines of the powers of ten are.
func drawScale(out *strings.Builder, y int) {
	for power := -decades; power <= 0; power++ {
		fmt.Fprintf(out, "  <text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#55554f\" font-size=\"12\">%s</text>\n",
			x(math.Pow(10, float64(power))), y, percent(power))
	}
	fmt.Fprintf(out, "  <text x=\"%d\" y=\"%d\" fill=\"#55554f\" font-size=\"12\">logarithmic scale</text>\n", margin, y)
}

func percent(power int) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", 100*math.Pow(10, float64(power))), "0"), ".") + " %"
}

// drawWork draws the bars of a work, the first with its top at y.
func drawWork(out *strings.Builder, w *Work, y int) {
	fmt.Fprintf(out, "  <text x=\"%d\" y=\"%d\" fill=\"#22221f\"><tspan font-weight=\"bold\">%s</tspan>  %s</text>\n",
		margin, y-10, html.EscapeString(w.Name), html.EscapeString(w.About))
	for power := -decades; power <= 0; power++ {
		fmt.Fprintf(out, "  <path d=\"M%.1f %dV%d\" stroke=\"#d9d9d2\"/>\n",
			x(math.Pow(10, float64(power))), y-3, y+len(w.Series)*rowHeight-6)
	}
	for i, s := range w.Series {
		drawBar(out, w, s, y+i*rowHeight)
	}
}

// drawBar draws one bar: its name, its length, and what it stands for.
func drawBar(out *strings.Builder, w *Work, s *Series, y int) {
	line := y + barHeight - 3
	fmt.Fprintf(out, "  <text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#22221f\">%s</text>\n", left-10, line, html.EscapeString(s.label()))
	of, ok := ratio(w.Series, s)
	if !ok {
		fmt.Fprintf(out, "  <text x=\"%d\" y=\"%d\" fill=\"#55554f\" font-style=\"italic\">skipped</text>\n", left+6, line)
		return
	}
	end := x(of.Median)
	fmt.Fprintf(out, "  <rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>\n", left, y, max(1, end-left), barHeight, color(s.System))
	fmt.Fprintf(out, "  <text x=\"%.1f\" y=\"%d\" fill=\"#22221f\">%s/s  (%s %%)</text>\n", end+6, line,
		thousands(threeDigits(SpreadOf(s.Rates).Median)), about(100*of.Median))
}

// threeDigits rounds to as many as count.
func threeDigits(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v))-2)
	return math.Round(v/unit) * unit
}

func color(system string) string {
	switch system {
	case "zog":
		return "#1f5fbf"
	case Base:
		return "#8a8a83"
	}
	return "#b7560b"
}

// inWords says what the plot shows.
func (r *Results) inWords() string {
	var all []string
	for _, w := range r.plotted() {
		for _, s := range w.Series {
			if of, ok := ratio(w.Series, s); ok && s.System != Base {
				all = append(all, fmt.Sprintf("%s, %s: %s percent of the relay's messages a second", w.Name, s.System, about(100*of.Median)))
			}
		}
	}
	return strings.Join(all, ". ") + "."
}
