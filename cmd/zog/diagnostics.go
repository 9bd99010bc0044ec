package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"

	"xlattice.org/zog/internal/stdio"
)

// diagnostics are the flags for what a daemon says about itself on stderr.
type diagnostics struct {
	verbose    bool
	timestamps bool
	format     string
}

func (d *diagnostics) flags(set *pflag.FlagSet) {
	set.BoolVarP(&d.verbose, "verbose", "v", false, "debug diagnostics too")
	set.BoolVarP(&d.timestamps, "showTimestamp", "t", false, "timestamps on the diagnostics")
	set.StringVar(&d.format, "log-format", "text", "diagnostics as `text|json`")
}

// logger returns the log for the diagnostics. Texts are quoted also on a
// terminal: what a remote host said must not reach it raw. Where w drops lines that
// nobody reads, what it says of that is a line of this log, and before the process
// ends by Fatal what waits is written.
func (d *diagnostics) logger(w io.Writer) (*logrus.Logger, error) {
	log := logrus.New()
	log.SetOutput(w)
	if d.verbose {
		log.SetLevel(logrus.DebugLevel)
	}
	switch d.format {
	case "text":
		log.SetFormatter(&logrus.TextFormatter{DisableColors: true, DisableTimestamp: !d.timestamps, FullTimestamp: true})
	case "json":
		log.SetFormatter(&logrus.JSONFormatter{DisableTimestamp: !d.timestamps})
	default:
		return nil, fmt.Errorf("--log-format is text or json, not %q", d.format)
	}
	if queue, ok := w.(*stdio.Diagnostics); ok {
		queue.SetNote(func(dropped int) []byte { return note(log, dropped) })
		log.ExitFunc = func(code int) {
			queue.Close(stdio.FlushWithin)
			os.Exit(code)
		}
	}
	return log, nil
}

// note is the line that tells of dropped ones.
func note(log *logrus.Logger, dropped int) []byte {
	e := logrus.NewEntry(log)
	e.Time, e.Level, e.Message = time.Now(), logrus.WarnLevel, stdio.Dropped(dropped)
	line, _ := log.Formatter.Format(e) // it has no field that cannot be formatted
	return line
}
