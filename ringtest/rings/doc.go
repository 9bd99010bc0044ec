// Package rings tests whole hosts, and rings of them, in this process: the supervisor's
// tree with all its actors on networks and disks in memory, most of it in virtual time.
//
// There is nothing in it but tests. They stand between those of a package, which see a
// part, and those of package e2e, which see two programs.
package rings
