// Package record turns one message into one line of access.log and back, and
// says which texts may become messages (docs/protocol.md, 5 and 9). It is pure:
// bytes in, bytes out, no files and no clocks.
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
// Numbers have no leading zeros, so each message has exactly one line. A
// [Formatter] writes it, and a [Parser] accepts it and nothing else. Both run for
// every message, so they reuse what successive lines have in common.
// [Record.Check] says whether a message can be a line at all. It must be called
// before anything that comes from outside is logged.
//
// [Classify] has the rules for texts, and [Reason] describes a refusal in words.
// A refused text goes to error.log, through [ErrorLine], which escapes it, so that
// no sender can start a second line or send control characters to a terminal.
package record
