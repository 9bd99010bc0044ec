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

// diagnostics are the flags of the diagnostics that a daemon writes to stderr.
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

// logger returns the logger of the diagnostics, which writes to w. Texts are quoted on a
// terminal too, as they may come from a remote host. If w drops lines that nobody reads,
// its notice of that is a line of this logger, and Fatal flushes w before the process
// exits.
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
		queue.SetNote(func(dropped int) []byte { return dropNotice(log, dropped) })
		log.ExitFunc = func(code int) {
			queue.Close(stdio.FlushWithin)
			os.Exit(code)
		}
	}
	return log, nil
}

// dropNotice returns the line that reports dropped lines.
func dropNotice(log *logrus.Logger, dropped int) []byte {
	e := logrus.NewEntry(log)
	e.Time, e.Level, e.Message = time.Now(), logrus.WarnLevel, stdio.Dropped(dropped)
	line, _ := log.Formatter.Format(e) // no field of it can fail to be formatted
	return line
}
