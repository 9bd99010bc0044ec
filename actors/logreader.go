package actors

import (
	"io"

	"github.com/sirupsen/logrus"
)

// closeLogReader closes a reader of the log. An error is logged, and stops nothing.
func closeLogReader(log logrus.FieldLogger, r io.Closer) {
	if err := r.Close(); err != nil {
		log.WithError(err).Warn("access log")
	}
}
