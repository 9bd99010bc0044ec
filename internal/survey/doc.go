// Package survey compares logs: it asks each source what it holds, lets package
// verify decide what to ask next, and waits where messages may be on their way.
//
//	report := survey.Compare(ctx, sources, survey.Options{Settle: 10 * time.Second})
//
// A Source is a Host, which is asked over its client port (docs/protocol.md, 3),
// or a directory of package inspect. A source that fails is left out from then
// on, and the report says why.
package survey
