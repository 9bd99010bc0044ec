// Package zoglog writes the log of a program to a ring of zog daemons: a message a line, in the
// access.log of every host soon afterwards.
//
// For package log/slog:
//
//	c, err := client.New(client.Config{Hosts: hosts})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	w := zoglog.NewWriter(c)
//	defer w.Close()
//	slog.SetDefault(slog.New(zoglog.NewHandler(w, nil)))
//
// For package log, or for the output of another program, the [Writer] is an io.Writer:
//
//	log.New(w, "cellar: ", 0)
//
// # What may be lost
//
// Writing does not wait for the hosts, so that a program is not slowed down by them. While none can
// be reached, up to Config.Window lines wait, each for Config.Timeout, and then count as lost. When so
// many wait, writing waits too. [Writer.Close] returns the first error, and Client.Flush says at any
// time whether all is kept so far. What must not be lost is for Client.Send.
package zoglog
