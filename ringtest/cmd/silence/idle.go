package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"time"
)

// idle makes a host silent in a ring in which nobody sends. The fault ends when all hosts have noticed
// it, or the limit is over.
func idle(f fault) runner {
	const victim = 2
	return func(ctx context.Context, s *stage) ([]figure, error) {
		if err := s.startAll(ctx); err != nil {
			return nil, err
		}
		// The fault begins at a random time between two KeepAlives.
		if err := s.sleep(ctx, time.Second+rand.N(5*time.Second)); err != nil {
			return nil, err
		}
		views := s.views(victim, f.runs)
		struck := time.Now()
		if err := f.inject(s, victim); err != nil {
			return nil, err
		}
		noticed, err := s.within(ctx, s.limit, func() bool { return views.count(lost) >= len(views) })
		if err != nil {
			return nil, err
		}
		lostAfter, said := time.Since(struck), views.count(lost)
		end, back := s.views(victim, f.runs), time.Now()
		if err := f.heal(s, victim); err != nil {
			return nil, err
		}
		over, err := s.within(ctx, s.limit, func() bool { return end.count(returned) >= len(end) })
		if err != nil {
			return nil, err
		}
		return []figure{
			{Case: s.trial.name + ": it is noticed", Seconds: lostAfter.Seconds(), More: !noticed, Bar: barNotice,
				Wrong: missing(noticed, said, len(views))},
			{Case: s.trial.name + ": its end is noticed", Seconds: time.Since(back).Seconds(), More: !over, Bar: barNotice,
				Wrong: join(missing(over, end.count(returned), len(end)), views.repeated())},
		}, nil
	}
}

// missing says how many hosts have logged the event, unless all have.
func missing(all bool, n, of int) string {
	if all {
		return ""
	}
	return fmt.Sprintf("said %d of %d times", n, of)
}

// views are what hosts log about each other.
type views []*view

// view is what a host logs about another one after a line.
type view struct {
	stage *stage
	host  int
	peer  string
	from  int // number of lines before
}

// views returns the views of all others of a host from now on, and with both also its views of them.
func (s *stage) views(of int, both bool) (all views) {
	see := func(i, peer int) { all = append(all, &view{s, i, s.Name(peer), len(s.Host(i).Lines())}) }
	for i := range s.Hosts {
		if i != of {
			see(i, of)
		}
		if i != of && both {
			see(of, i)
		}
	}
	return all
}

// count returns the number of views with a line of a kind.
func (all views) count(kind func(*diagnostic) bool) (n int) {
	for _, v := range all {
		if v.count(kind) > 0 {
			n++
		}
	}
	return n
}

// repeated says whether a host has warned more than once that a peer is lost.
func (all views) repeated() string {
	most := 0
	for _, v := range all {
		most = max(most, v.count(lost))
	}
	if most < 2 {
		return ""
	}
	return fmt.Sprintf("warned %d times", most)
}

func (v *view) count(kind func(*diagnostic) bool) (n int) {
	for _, line := range v.stage.Host(v.host).Lines()[v.from:] {
		var d diagnostic
		if json.Unmarshal([]byte(line), &d) == nil && d.Peer == v.peer && kind(&d) {
			n++
		}
	}
	return n
}

// diagnostic is a line of a daemon's diagnostics.
type diagnostic struct {
	Level   string `json:"level"`
	Message string `json:"msg"`
	Peer    string `json:"peer"`
}

var (
	lostWords     = regexp.MustCompile(`\b(down|lost|silent|gone|unreachable)\b`)
	returnedWords = regexp.MustCompile(`\b(up|back|again)\b`)
)

// lost says whether a line warns that a peer is lost.
func lost(d *diagnostic) bool {
	return (d.Level == "warning" || d.Level == "error") && lostWords.MatchString(d.Message)
}

// returned says whether a line reports that a peer is back.
func returned(d *diagnostic) bool { return d.Level == "info" && returnedWords.MatchString(d.Message) }
