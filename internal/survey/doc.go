// Package survey asks several logs what they hold, and compares them, for `zog
// verify`. It is the part that takes time: it asks all sources in rounds, waits
// where messages may be on their way, and gives up sources that do not answer.
//
//	report := survey.Compare(ctx, sources, survey.Options{Settle: 10 * time.Second})
//
// A Source is a [Host], which is asked over its client port (docs/protocol.md, 3),
// or a directory of package inspect. A source that fails is left out from then
// on, and the report says why.
//
// It judges nothing itself: package verify decides what to ask next and what is
// wrong, package inspect reads a directory. Package journal repairs a host's own
// log, and package check, in tests, compares logs with what clients were told.
package survey
