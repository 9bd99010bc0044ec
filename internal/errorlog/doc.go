// Package errorlog is error.log on disk: an append-only file of lines with a bound
// on its size. When it is full it is renamed to error.log.1, which replaces the
// older one, and a new one is begun. Both together are never larger than the bound;
// if they are when they are opened, the oldest lines are cut off.
//
// Nothing is synced: these lines are worth less than messages. A crash of the
// machine may lose the last lines, cut one, or leave zeros in them. Lines that are
// written later begin on a new line, and lines with zeros are removed.
//
// Others may rename, remove or truncate either file at any time.
package errorlog
