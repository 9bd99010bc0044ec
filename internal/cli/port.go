package cli

import (
	"errors"
	"strconv"
)

// Port is a flag value that is a TCP port. 0 means that the flag was not given.
type Port uint16

// Set implements pflag.Value.
func (p *Port) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return errors.New("want a port, 1 to 65535")
	}
	*p = Port(n)
	return nil
}

// String implements pflag.Value.
func (p *Port) String() string { return strconv.Itoa(int(*p)) }

// Type implements pflag.Value.
func (p *Port) Type() string { return "port" }
