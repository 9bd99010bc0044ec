package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// attack describes an attack.
type attack struct {
	name, what string
	short      bool  // part of --short
	stopped    []int // hosts that do not run meanwhile
	victim     int   // the host whose memory, CPU and files are measured
	forges     bool  // it forges messages, which cannot be detected without signatures
	long       bool  // it takes three times as long

	// Each may be nil.
	inside    func(i int, command ...string) []string // as daemons.Ring has it
	before    func(context.Context, *stage) error     // before clients start
	meanwhile func(context.Context, *stage) error     // as the attack begins

	// run attacks until the attacker's time is up, and describes the result.
	run func(*attacker) string
}

// lasts returns how long the attack takes.
func (a *attack) lasts(seconds time.Duration) time.Duration {
	if a.long {
		return 3 * seconds
	}
	return seconds
}

// attacks lists all attacks.
func attacks() []attack { return slices.Concat(ofAPeer(), ofAStranger(), ofASlip()) }

// attacksWithTLS lists those with --tls: of a stolen certificate, and of a host that has been taken over, with
// its own certificate.
func attacksWithTLS() []attack { return slices.Concat(ofTLS(), ofAPeer()) }

// choose returns the attacks with this text in their names, with short only those of --short.
func choose(all []attack, short bool, text string) (chosen []attack) {
	for _, a := range all {
		if (a.short || !short) && strings.Contains(a.name, text) {
			chosen = append(chosen, a)
		}
	}
	return chosen
}

// ofAPeer returns the attacks from the address of a host of the ring.
func ofAPeer() []attack {
	lying := []int{liar}
	return []attack{
		{name: "A1 a hole", short: true, stopped: lying, run: hole,
			what: "one message with a high number in another host's run, and a mark that says so: 104 bytes"},
		{name: "A2 forged texts", stopped: lying, forges: true, run: forge,
			what: "20,000 texts under another host's next numbers. Logs may differ in these, and in no other"},
		{name: "A3 invented runs", stopped: lying, run: invent,
			what: "100,000 runs of one message, half of them of unknown origins: 4 MB"},
		{name: "A4 KeepAlives after a large vector", stopped: lying, run: keepAlives,
			what: "60,000 marks, then KeepAlives of 10 bytes without a pause"},
		{name: "A4 deltas without end", stopped: lying, run: deltas,
			what: "marks of ever more invented runs, 64 MB"},
		{name: "A5 a slow repair", stopped: []int{away, liar}, victim: away, long: true,
			before: fill, meanwhile: comeBack, run: dribble,
			what: "a host was away for 50,000 messages, and a peer that promises it a million gives one a second. It must have caught up"},
		{name: "A6 another's names", short: true, run: names,
			what: "a client uses another's session and its next numbers; an acknowledged text must be in the logs"},
		{name: "A6 66,000 sessions", run: flush,
			what: "a client names 66,000 messages, so that another's is forgotten; what is sent again must be logged once"},
	}
}

// ofAStranger returns the attacks from any address.
func ofAStranger() []attack {
	return []attack{
		{name: "B7 bad texts", short: true, run: badTexts,
			what: "four connections hand in texts of bad bytes, of which each is a long line in error.log: 128 MB"},
		{name: "B7 one bad byte", run: badBytes,
			what: "8 addresses connect, send a byte that begins no frame, and connect again, 40,000 times"},
		{name: "B8 99 copies", run: copies,
			what: "5,000 connections wait 49 days for 99 copies of a message"},
		{name: "B9 unfinished surveys", run: unfinished,
			what: "400 connections begin a survey of 16,000 ranges each, and do not end it: 128 MB"},
		{name: "B9 refusals not read", run: unread,
			what: "100 connections hand in bad texts and read no refusals: 220 MB"},
		{name: "B9 a flood", run: flood,
			what: "200 connections hand in 256 KiB of good texts each, and read no answers. It is the honest clients' processor, too"},
		{name: "B10 idle connections", run: idle,
			what: "10,000 connections from 12 addresses; every second one sends a byte, and another 4 s later"},
		{name: "B10 other protocols", long: true, run: protocols,
			what: "300 connections begin with HTTP, TLS or SSH. Each must be closed within 2 s"},
		{name: "B10 256 descriptors", inside: fewFiles, run: exhaust,
			what: "the host may open 256 files: 600 connections, while its log is renamed and reopened"},
		{name: "B11 64 askers", long: true, before: fill, run: askers,
			what: "64 connections ask for surveys of 50,000 messages without a pause. zog verify --ring must end with 0 meanwhile"},
		{name: "B11 more for ever", stopped: []int{liar}, long: true, run: moreForEver,
			what: "in the place of a host, somebody answers zog verify --ring with more, and more. It must end"},
	}
}

// ofASlip returns the mistakes of an operator.
func ofASlip() []attack {
	return []attack{{name: "C16 another ring", stopped: []int{liar}, run: anotherRing,
		what: "a host of a ring of another name runs at the address of one of this. No text may go from one ring to the other"}}
}

// text is the n-th text of an attack; no other has it.
func text(attack string, n int) []byte { return fmt.Appendf(nil, "attack %s %d\r\n", attack, n) }
