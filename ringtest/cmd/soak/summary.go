package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"xlattice.org/zog/internal/test/figures"
)

// violations counts all errors, and keeps the first.
type violations struct {
	count int
	first []error
}

const maxViolations = 20

func (v *violations) add(err error) {
	if err == nil {
		return
	}
	v.count++
	if len(v.first) < maxViolations {
		v.first = append(v.first, err)
	}
}

// errViolations ends a run in which something is wrong.
var errViolations = errors.New("there are violations")

// printSummary prints the result of the run, and returns an error if something is wrong.
func (k *soak) printSummary() error {
	acknowledged, refused, unknown := k.ledger.sums()
	fmt.Fprintf(k.out, "%d cycles in %v: killed one %d times, two %d times, all %d times; %d times again while they started\n",
		k.kills.cycles, time.Since(k.began).Round(time.Second), k.kills.one, k.kills.two, k.kills.all, k.kills.whileTheyStart)
	fmt.Fprintf(k.out, "messages: %d acknowledged, %d unknown, %d refused or not sent\n", acknowledged, unknown, refused)
	fmt.Fprintf(k.out, "complete after p50 %v, p99 %v, at most %v\n",
		round(figures.Percentile(k.heals, 50)), round(figures.Percentile(k.heals, 99)), round(figures.Percentile(k.heals, 100)))
	if k.violations.count == 0 {
		fmt.Fprintln(k.out, "violations: none")
		return nil
	}
	fmt.Fprintf(k.out, "violations: %d\n", k.violations.count)
	for _, v := range k.violations.first {
		fmt.Fprintf(k.out, "  %v\n", v)
	}
	return errViolations
}

// printProgress prints the progress: on a terminal in one line that is overwritten, and otherwise every
// ten cycles.
func (k *soak) printProgress() {
	begin, end := "\r", "  "
	file, ok := k.progress.(*os.File)
	if terminal := ok && term.IsTerminal(int(file.Fd())); !terminal {
		begin = ""
	}
	last := k.kills.cycles == k.cycles
	if last || begin == "" {
		end = "\n"
	}
	if begin == "" && !last && k.kills.cycles%10 != 0 {
		return
	}
	acknowledged, _, unknown := k.ledger.sums()
	fmt.Fprintf(k.progress, "%scycle %d of %d, %v: %d acknowledged, %d unknown; complete after p50 %v, at most %v; %d violations%s",
		begin, k.kills.cycles, k.cycles, time.Since(k.began).Round(time.Second), acknowledged, unknown,
		round(figures.Percentile(k.heals, 50)), round(figures.Percentile(k.heals, 100)), k.violations.count, end)
}

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
