// Package errorlog is error.log on disk: lines are appended, and the file never grows
// beyond its bound. When it is full it becomes error.log.1, in the place of the one
// before, and a new one is begun. Both together have no more bytes than allowed, however
// many they had when they were opened: the oldest lines are cut off.
//
// Nothing is synced: these lines are worth less than messages. After a crash of the
// machine the last ones may be missing or cut off. What is written then begins on a line
// of its own, and lines in which the crash has left zeros are removed.
//
// Others may rename, remove or truncate either file at any time.
package errorlog
