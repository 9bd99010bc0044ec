package peer

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken below those from which the system takes the source ports of
// connections.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// Host is the address of a host, counted from 0.
func Host(i int) string { return fmt.Sprintf("127.0.55.%d", i+1) }

// At is an address with a port.
func At(host, port int) string { return net.JoinHostPort(Host(host), strconv.Itoa(port)) }

// FreePorts returns ports that are free on each of the hosts.
func FreePorts(hosts, count int) ([]int, error) {
	var err error
	for range 100 {
		first := firstPort + rand.IntN(lastPort-firstPort-count)
		ports := make([]int, count)
		for i := range ports {
			ports[i] = first + i
		}
		if err = listenable(hosts, ports); err == nil {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("no free ports: %w", err)
}

// listenable returns an error that says where a host cannot listen.
func listenable(hosts int, ports []int) error {
	for i := range hosts {
		for _, port := range ports {
			l, err := net.Listen("tcp", At(i, port))
			if err != nil {
				return err
			}
			l.Close() // it was only to be had
		}
	}
	return nil
}
