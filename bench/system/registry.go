package system

import (
	"fmt"
	"slices"
	"strings"
)

var systems []System

// Register makes a system known by its name. It is for init functions.
func Register(s System) { systems = append(systems, s) }

// Find returns the system of a name.
func Find(name string) (System, error) {
	for _, s := range systems {
		if s.Name() == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no system is called %q: there are %s", name, strings.Join(Names(), ", "))
}

// Names lists the systems, in alphabetical order.
func Names() (all []string) {
	for _, s := range systems {
		all = append(all, s.Name())
	}
	slices.Sort(all)
	return all
}
