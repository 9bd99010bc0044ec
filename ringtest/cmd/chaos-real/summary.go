package main

import (
	"errors"
	"fmt"
	"time"
)

// addViolation adds an error to the violations, unless it is nil.
func (t *trial) addViolation(err error) {
	if err != nil {
		t.violations = append(t.violations, err)
	}
}

// errViolations ends a run in which something is wrong.
var errViolations = errors.New("there are violations")

// printSummary prints the result of the run, and returns an error if something is wrong.
func (t *trial) printSummary() error {
	if len(t.fired) == 0 {
		t.addViolation(errors.New("no fault has happened, so the run shows nothing"))
	}
	for _, kind := range allKinds {
		planned, fired := 0, 0
		for i, step := range t.schedule.Steps {
			if step.Kind == kind {
				planned++
			}
			if step.Kind == kind && t.fired[i] {
				fired++
			}
		}
		if planned > 0 {
			fmt.Fprintf(t.out, "%-10s %d of %d\n", kind, fired, planned)
		}
	}
	if t.report != nil {
		fmt.Fprintf(t.out, "messages: %d acknowledged, %d unknown, %d refused or not sent\n",
			t.report.Acknowledged, t.report.Unknown, t.report.Refused)
	}
	if t.settled > 0 {
		fmt.Fprintf(t.out, "the logs were equal %v after the clients had stopped\n", t.settled.Round(time.Millisecond))
	}
	if len(t.violations) == 0 {
		fmt.Fprintln(t.out, "violations: none")
		return nil
	}
	if t.report != nil && t.report.Err() != nil {
		fmt.Fprint(t.out, t.report)
	}
	fmt.Fprintf(t.out, "violations: %d\n", len(t.violations))
	for _, v := range t.violations {
		fmt.Fprintf(t.out, "  %v\n", v)
	}
	return errViolations
}
