package cli

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Duration is a flag value that is a Go duration or a number of seconds. It is not
// negative.
type Duration time.Duration

// Set implements pflag.Value.
func (d *Duration) Set(text string) error {
	parsed, err := parseDuration(text)
	if err != nil {
		return err
	}
	*d = Duration(parsed)
	return nil
}

func parseDuration(text string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New("want seconds as in 10, or a duration with a unit as in 10s or 250ms")
	case d < 0:
		return 0, fmt.Errorf("%v is negative", d)
	}
	return d, nil
}

// String implements pflag.Value.
func (d *Duration) String() string { return time.Duration(*d).String() }

// Type implements pflag.Value.
func (d *Duration) Type() string { return "seconds|duration" }
