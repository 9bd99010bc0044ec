package config_test

import (
	"fmt"
	"net/netip"

	"xlattice.org/zog/internal/config"
)

func ExampleParse() {
	ring, err := config.Parse("house.yaml", []byte(`
ring: house
hosts:
  - {name: attic,  address: 127.0.55.1}
  - {name: cellar, address: 127.0.55.2}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	self, err := ring.Identify("", "cellar.example", nil)
	fmt.Println(ring.Hosts[self].Address, ring.LogDir("cellar"), err)
	// Output: 127.0.55.2 logs/cellar <nil>
}

func ExampleParse_error() {
	_, err := config.Parse("house.yaml", []byte(`
hosts:
  - {name: attic, address: 127.0.55.1}
  - {name: cellar, adress: 127.0.55.2}
`))
	fmt.Println(err)
	// Output: house.yaml:4:20: unknown key "adress" in hosts[1]: known are address, name
}

func ExampleRing_Identify() {
	ring := config.Loopback(5)
	own := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.55.3")}
	self, err := ring.Identify("", "localhost", own)
	fmt.Println(ring.Hosts[self].Name, err)
	// Output: G <nil>
}
