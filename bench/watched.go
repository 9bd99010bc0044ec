package main

import (
	"context"
	"fmt"

	"xlattice.org/zog/bench/quiet"
)

// watched calls measure, and tells before and after how quiet the machine was. What is
// measured while it is not quiet is kept all the same, with what was seen.
func (r *runs) watched(ctx context.Context, part string, measure func(ctx context.Context) error) error {
	delete(r.results.Quiet, part)
	if r.look == 0 {
		return measure(ctx)
	}
	seen := quiet.Look(ctx, r.look)
	fmt.Fprintln(r.out, &seen)
	r.warn(&seen)
	before := quiet.Now()
	if err := measure(ctx); err != nil {
		return err
	}
	atFirst := seen.Quiet()
	if seen.Meanwhile = quiet.StolenBetween(before, quiet.Now()); atFirst {
		r.warn(&seen)
	}
	if r.results.Quiet == nil {
		r.results.Quiet = map[string]*quiet.Seen{}
	}
	r.results.Quiet[part] = &seen
	return nil
}

func (r *runs) warn(seen *quiet.Seen) {
	if warning := seen.Warning(); warning != "" {
		fmt.Fprintln(r.said, warning)
	}
}
