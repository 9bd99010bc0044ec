// Package archtest holds the repository to the layout that CONTRIBUTING.md describes. It
// has no code, only tests; nothing imports it.
//
// Its rules are:
//
//   - The pure packages reach neither protoactor nor net nor os, by themselves
//     or through a package of this module. net/netip, which is only about
//     values, is allowed.
//   - Imports go one way: cmd, supervisor, actors, then messages and internal.
//   - Nothing that ships imports what only tests: ringtest and internal/test.
//   - client, which other programs link, does not reach protoactor either.
//   - Every package has a doc comment.
//   - No comment marks unfinished work.
//   - Code, Makefile and .ci name no address on a private network.
//
// Each rule is a function from a parsed tree to the violations it finds, and
// has a test of its own with a small tree that breaks it.
package archtest
