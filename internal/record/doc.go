// Package record turns one message into one line of access.log and back, and
// says which texts may become messages (DESIGN 3, 7). It is pure: bytes in,
// bytes out, no files and no clocks.
//
// A line is the same bytes on every host:
//
//	2026-11-22T10:26:00Z LA.1k9x3z.42 a short text<CR><LF>
//
//	line   = time " " origin "." boot "." seq " " text
//	time   = the origin's, UTC, whole seconds, years 0000 to 9999
//	origin = 1 to 16 letters, digits and "-"
//	boot   = 1 to 2^40-1 in base 36: digits and lower-case letters
//	seq    = 1 to 2^48-1 in base 10
//	text   = UTF-8 without control characters, CR LF at its end, at most 511 bytes
//
// Numbers have no leading zeros, so a message has one spelling only: a
// [Formatter] writes it, a [Parser] takes that and nothing else, and both
// remember what successive lines share, since they run for every message.
// [Record.Check] says whether a message can be a line at all; it belongs before
// whatever comes from outside is logged.
//
// [Classify] holds the rules for texts and [Reason] puts a refusal into words.
// What is refused goes to error.log instead, through [ErrorLine], which lets
// nothing that anyone sent start a second line or reach a terminal raw.
package record
