package chaos

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// String returns the schedule as text, one line per step, for [Parse].
func (s Schedule) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "chaos seed=%d hosts=%d lasts=%v\n", s.Seed, s.Hosts, s.Lasts)
	for _, step := range s.Steps {
		fmt.Fprintln(&b, step)
	}
	return b.String()
}

// String returns the step as a line of a schedule, without the line end and without fields that are
// zero.
func (s Step) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s", s.At, s.Kind)
	hosts := make([]string, len(s.Hosts))
	for i, h := range s.Hosts {
		hosts[i] = strconv.Itoa(h)
	}
	fmt.Fprintf(&b, " hosts=%s", strings.Join(hosts, ","))
	if s.Of != "" {
		fmt.Fprintf(&b, " of=%s", s.Of)
	}
	if s.N != 0 {
		fmt.Fprintf(&b, " n=%d", s.N)
	}
	if s.Amount != 0 {
		fmt.Fprintf(&b, " amount=%v", s.Amount)
	}
	if s.Mode != "" {
		fmt.Fprintf(&b, " mode=%s", s.Mode)
	}
	if s.For != 0 {
		fmt.Fprintf(&b, " for=%v", s.For)
	}
	return b.String()
}

// Parse reads what [Schedule.String] writes. The fields of a step may be in any order; all that the
// kind uses must be present, and no others. The schedule passes [Schedule.Check]. Parse skips empty
// lines and those that begin with #. The error names the line.
func Parse(text string) (Schedule, error) {
	var s Schedule
	number, begun := 0, false
	for line := range strings.Lines(text) {
		number++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		var err error
		if begun {
			err = s.parseStep(fields)
		} else {
			begun, err = true, s.parseHead(fields)
		}
		if err != nil {
			return Schedule{}, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if !begun {
		return Schedule{}, errors.New("no schedule: the line with chaos, seed, hosts and lasts is missing")
	}
	return s, nil
}

func (s *Schedule) parseHead(fields []string) error {
	if fields[0] != "chaos" {
		return fmt.Errorf("%q: a schedule begins with chaos", fields[0])
	}
	keys := []string{"seed", "hosts", "lasts"}
	err := parseFields(fields[1:], func(key, value string) (err error) {
		switch key {
		case "seed":
			s.Seed, err = strconv.ParseUint(value, 10, 64)
		case "hosts":
			s.Hosts, err = strconv.Atoi(value)
		case "lasts":
			s.Lasts, err = time.ParseDuration(value)
		default:
			return errUnknown
		}
		keys = slices.DeleteFunc(keys, func(k string) bool { return k == key })
		return err
	})
	if err == nil && len(keys) > 0 {
		return fmt.Errorf("%s is missing", strings.Join(keys, ", "))
	}
	if err != nil {
		return err
	}
	return s.Check()
}

// parseStep adds the step of a line.
func (s *Schedule) parseStep(fields []string) error {
	at, err := time.ParseDuration(fields[0])
	if err != nil || len(fields) < 2 {
		return fmt.Errorf("%q: a step begins with a time and a kind", strings.Join(fields, " "))
	}
	step := Step{At: at, Kind: Kind(fields[1])}
	if err := parseFields(fields[2:], step.set); err != nil {
		return err
	}
	before := time.Duration(0)
	if n := len(s.Steps); n > 0 {
		before = s.Steps[n-1].At
	}
	if err := s.checkStep(step, before); err != nil {
		return err
	}
	s.Steps = append(s.Steps, step)
	return nil
}

// set sets a field of the step. Zero is not allowed: it means that the field is absent.
func (s *Step) set(key, value string) (err error) {
	switch key {
	case "hosts":
		s.Hosts, err = parseHosts(value)
	case "of":
		s.Of = value
	case "n":
		s.N, err = notZero(strconv.Atoi(value))
	case "amount":
		s.Amount, err = notZero(time.ParseDuration(value))
	case "mode":
		s.Mode = value
	case "for":
		s.For, err = notZero(time.ParseDuration(value))
	default:
		return errUnknown
	}
	return err
}

func notZero[T ~int | ~int64](value T, err error) (T, error) {
	if err == nil && value == 0 {
		err = errors.New("zero")
	}
	return value, err
}

func parseHosts(value string) (hosts []int, err error) {
	for text := range strings.SplitSeq(value, ",") {
		h, bad := strconv.Atoi(text)
		hosts, err = append(hosts, h), errors.Join(err, bad)
	}
	return hosts, err
}

var errUnknown = errors.New("unknown")

// parseFields calls set for each key and value. A key that occurs twice or has no value is an error.
func parseFields(fields []string, set func(key, value string) error) error {
	var seen []string
	for _, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		if value == "" || slices.Contains(seen, key) {
			return fmt.Errorf("%q: not a key, once, and its value", field)
		}
		if err := set(key, value); err != nil {
			return fmt.Errorf("%q: %w", field, err)
		}
		seen = append(seen, key)
	}
	return nil
}
