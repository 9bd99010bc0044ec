package main

import "time"

// session is what record types. It fits into the window of shape without scrolling.
var session = []step{{
	say:     "Five hosts, each a process with a log of its own:",
	command: `for h in MV PA G LA S; do zog run -T --name $h & done 2>>zog.err`,
	rest:    1500 * time.Millisecond,
}, {
	say:     "A message to any one of them ...",
	command: `sprog send -s LA 'the cellar door was opened'`,
	rest:    1500 * time.Millisecond,
}, {
	say:     "... is in the log of every one:",
	command: `grep opened logs/*/access.log`,
	rest:    3 * time.Second,
}, {
	say:     "kill -9 G. The others go on without it:",
	command: `kill -9 %3`,
}, {
	command: `seq 10000 | sed 's/^/message /' | sprog send - -s PA`,
	rest:    2 * time.Second,
}, {
	command: `zog verify --ring -T`,
	code:    6, // a host could not be asked
	rest:    2 * time.Second,
}, {
	say:     "G starts again, and gets what it missed from the others:",
	command: `zog run -T --name G 2>>zog.err &`,
	rest:    500 * time.Millisecond,
}, {
	command: `zog verify --ring -T`,
}}

// step is one command of a session.
type step struct {
	say     string // a comment that is shown before the command, or empty
	command string
	code    int           // the expected exit code
	rest    time.Duration // a pause after it, to read the output
}

// The pace of typing.
const (
	perKey      = 30 * time.Millisecond
	beforeKeys  = 500 * time.Millisecond // time to read the comment
	beforeEnter = 250 * time.Millisecond
)

// event is text that a terminal receives.
type event struct {
	at    time.Duration
	typed time.Duration // the text appears letter by letter in this time; 0: at once
	text  string
}

// shorten limits the time between the end of an event and the next event.
func shorten(events []event, idle time.Duration) []event {
	short := make([]event, len(events))
	var end, cut time.Duration
	for i, e := range events {
		cut += max(0, e.at-end-idle)
		end = e.at + e.typed
		e.at -= cut
		short[i] = e
	}
	return short
}
