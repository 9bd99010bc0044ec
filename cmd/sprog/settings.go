package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/plural"
)

// flags are the values of the flags of all commands.
type flags struct {
	config      string
	port        cli.Port
	specific    string
	from        []string // of sprog tail: the hosts to read from
	roundRobin  bool
	testing     bool
	copies      string
	noResend    bool
	timeout     cli.Duration
	output      string
	verbose     bool
	timestamp   bool
	justShow    bool
	showVersion bool
	tls         cli.TLS
}

func (f *flags) register(cmd *cobra.Command) {
	set := cmd.PersistentFlags()
	set.SortFlags = false
	set.BoolVarP(&f.roundRobin, "roundRobin", "r", false, "send to the hosts in turn, not at random; all lines of 'send -' go to\nthe first host, and to the next one only if it is lost")
	set.StringVarP(&f.specific, "specificHost", "s", "", "send to this host only: `NAME|ADDR[:PORT]`; a name of the ring\nfile or one that this machine can look up")
	set.BoolVarP(&f.testing, "testing", "T", false, "send to 127.0.0.1 only, where 'zog dev' serves clients; 'zog run'\ndoes not, with -T or without: use -s NAME for it")
	set.VarP(&f.port, "port", "p", "client `PORT` of the hosts, instead of that of the ring file")
	set.StringVar(&f.config, "config", "", "ring `FILE`; else $ZOG_CONFIG, zog.yaml here or in /etc/zog;\nwithout any, five hosts from 127.0.55.1 on")
	f.tls.Add(cmd)
	set.StringVar(&f.copies, "copies", "1", "how many hosts must have a message: `N|all`; if fewer have it when\nthe time is up, it is kept all the same: see exit code 5")
	set.BoolVar(&f.noResend, "no-resend", false, "do not send a message again if the connection was lost before its\nanswer: then it cannot be in the logs twice")
	f.timeout = cli.Duration(client.DefaultTimeout)
	set.Var(&f.timeout, "timeout", "how long a message may take to reach a host and get its answer")
	set.StringVarP(&f.output, "output", "o", "text", "results as `text|json`; json is one object on each line")
	set.BoolVarP(&f.timestamp, "showTimestamp", "t", false, "begin each result with the time")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "print more")
	set.BoolVarP(&f.showVersion, "showVersion", "V", false, "show the version, and exit")
	set.BoolVar(&f.showVersion, "version", false, "the same as --showVersion")
}

// registerShow adds -j to a command.
func (f *flags) registerShow(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&f.justShow, "justShow", "j", false, "show the resulting settings, and exit")
}

// settings are the result of the flags and the ring file.
type settings struct {
	ring     string // its name
	own      *cli.Certificates
	warn     func(format string, args ...any) // nil while there is no printer
	file     string                           // empty for the built-in ring
	fallback bool                             // messages go to the built-in ring because no ring file was found
	local    bool                             // messages go to a loopback address that is of no host in the ring
	loopback bool                             // all targets have loopback addresses; no ring has some that are and some that are not
	order    client.Order
	targets  []target
	hosts    map[string]string // the host of the ring file at the address of a target
	copies   int
	resend   bool
	timeout  time.Duration
	window   int // messages of a connection that may be unanswered; 0 is the client's default
	json     bool
	stamp    bool
	verbose  bool
	repeat   bool // the command is sprog alone; the fields below are for that only
	interval time.Duration
	count    int    // 0 is without end
	message  string // empty for random contents
}

// load reads the ring file and returns the settings. Errors are usage errors.
func (f *flags) load() (*settings, error) {
	file, ring, err := cli.FindRing(f.config)
	if errors.Is(err, cli.ErrNoRing) {
		file, ring, err = "", config.Loopback(5), nil
	}
	if err != nil {
		return nil, err
	}
	s, err := f.settings(ring)
	if err != nil {
		return nil, cli.Usage(err)
	}
	if s.own, err = f.tls.Load(file, ring, s.certificatesChanged); err != nil {
		return nil, cli.Usage(err)
	}
	s.file = file
	s.fallback = file == "" && f.usesRingHosts(ring)
	return s, nil
}

// usesRingHosts reports whether the ring file decides where messages go. It does not if the
// user gave an address, or a name that is looked up.
func (f *flags) usesRingHosts(ring *config.Ring) bool {
	name, _, _ := cutPort(f.specific)
	return !f.testing && len(f.from) == 0 && (f.specific == "" || hostNamed(ring, name) != nil)
}

func (f *flags) settings(ring *config.Ring) (*settings, error) {
	s := &settings{
		ring: ring.Ring, order: client.Specific, timeout: time.Duration(f.timeout), resend: !f.noResend,
		json: f.output == "json", stamp: f.timestamp, verbose: f.verbose,
	}
	if !s.json && f.output != "text" {
		return nil, fmt.Errorf("no output is called %q: there are text and json", f.output)
	}
	if s.timeout < time.Millisecond {
		return nil, fmt.Errorf("a timeout of %v is too short: at least 1ms", s.timeout)
	}
	var err error
	if s.copies, err = parseCopies(f.copies, len(ring.Hosts)); err != nil {
		return nil, err
	}
	if err := f.setTargets(s, ring); err != nil {
		return nil, err
	}
	s.loopback = !slices.ContainsFunc(s.targets, target.away)
	s.hosts = hostNames(s.targets, ring)
	return s, nil
}

// parseCopies parses --copies for a ring with so many hosts.
func parseCopies(text string, hosts int) (int, error) {
	if text == "all" {
		return hosts, nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("--copies: %q is neither a number nor all", text)
	case n < 1:
		return 0, fmt.Errorf("--copies: %d is too few: at least 1", n)
	case n > hosts:
		return 0, fmt.Errorf("--copies: %d is too many: the ring has %s", n, plural.Of(hosts, "host"))
	}
	return n, nil
}

// setTargets sets the hosts that messages go to, and their order.
func (f *flags) setTargets(s *settings, ring *config.Ring) error {
	port := uint16(f.port)
	if port == 0 {
		port = ring.Ports.Client
	}
	switch {
	case f.roundRobin && f.testing, f.roundRobin && f.specific != "", f.testing && f.specific != "":
		return errors.New("choose one of --roundRobin, --specificHost and --testing")
	case len(f.from) > 0 && (f.testing || f.specific != ""):
		return errors.New("choose one of --from, --specificHost and --testing")
	case len(f.from) > 0:
		return f.setFrom(s, ring, port)
	case f.testing:
		s.targets = []target{testTarget(ring, port)}
		s.local = isLocal(s.targets[0], ring)
	case f.specific != "":
		t, err := findTarget("specificHost", f.specific, ring, port, resolve)
		if err != nil {
			return err
		}
		s.targets = []target{t}
		s.local = isLocal(t, ring)
	default:
		s.targets = ringTargets(ring, port)
		s.order = f.order()
	}
	return nil
}

// order returns the order of several hosts.
func (f *flags) order() client.Order {
	if f.roundRobin {
		return client.RoundRobin
	}
	return client.Random
}

// setFrom sets the hosts of --from.
func (f *flags) setFrom(s *settings, ring *config.Ring, port uint16) error {
	s.order = f.order()
	for _, text := range f.from {
		t, err := findTarget("from", text, ring, port, resolve)
		if err != nil {
			return err
		}
		s.targets = append(s.targets, t)
	}
	return nil
}

// client returns a client with the settings. It searches for a host until soft ends. waiting is
// called when it searches in vain. Errors are usage errors.
func (s *settings) client(soft context.Context, waiting func(error)) (*client.Client, error) {
	cfg := client.Config{
		Order: s.order, Timeout: s.timeout, MinCopies: s.copies, NoResend: !s.resend, Window: s.window,
		OnWaiting: func(err error) {
			if soft.Err() == nil {
				waiting(err)
			}
		},
		Until: soft,
	}
	for _, t := range s.targets {
		cfg.Hosts = append(cfg.Hosts, t.Address)
	}
	if !s.own.Plain() {
		cfg.TLSFor = func(address string) *tls.Config { return s.own.Current().DialHost(s.hosts[address]) }
	}
	c, err := client.New(cfg)
	if err != nil {
		return nil, cli.Usage(err)
	}
	return c, nil
}

// waitsForever reports whether each message waits without limit, as there is only one host.
func (s *settings) waitsForever() bool {
	return s.repeat && s.order == client.Specific && s.count == 0
}

// trying returns how long a host is searched for, for a message.
func (s *settings) trying() string {
	if s.waitsForever() {
		return "trying again until it can"
	}
	return "trying for up to " + s.timeout.String()
}

// lengths returns the least and the greatest length of a random content.
func (s *settings) lengths() (least, most int) {
	name := 0
	for _, t := range s.targets {
		name = max(name, t.origin)
	}
	return lengths(name)
}

// name returns the name of the host with an address, or the address if there is none.
func (s *settings) name(address string) string {
	for _, t := range s.targets {
		if t.Address == address {
			return t.Name
		}
	}
	return address
}
