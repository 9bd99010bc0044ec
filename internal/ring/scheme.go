package ring

import "fmt"

// Scheme says which wrapping a hop carries: the key `wrapping` of the ring file. Both
// schemes use the same tree.
type Scheme uint8

const (
	// Uniform is the default, for rings of any size: 2^M, where M is the level of the
	// receiver, or 0 if the receiver has no children.
	Uniform Scheme = iota
	// Respective is for five hosts only: the origin's +1 gets 1, its +2 gets 2, and the
	// others get 0.
	Respective
)

var schemeNames = [...]string{Uniform: "uniform", Respective: "respective"}

// String returns the name that the ring file uses.
func (s Scheme) String() string {
	if int(s) < len(schemeNames) {
		return schemeNames[s]
	}
	return fmt.Sprintf("scheme(%d)", uint8(s))
}

// ParseScheme returns the scheme with a name: the inverse of [Scheme.String].
func ParseScheme(name string) (Scheme, error) {
	for s, known := range schemeNames {
		if name == known {
			return Scheme(s), nil
		}
	}
	return 0, fmt.Errorf("unknown wrapping scheme %q: want uniform or respective", name)
}
