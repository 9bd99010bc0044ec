package ring_test

import (
	"fmt"

	"xlattice.org/zog/internal/ring"
)

// A client gives LA a message in a house of five. LA cannot reach S, so it
// sends to S's child in its place, and that child is told to log only.
func ExamplePlan_Sends() {
	names := []string{"MV", "PA", "G", "LA", "S"}
	const la, s = 3, 4

	plan, err := ring.New(len(names), ring.Uniform)
	if err != nil {
		panic(err)
	}
	for _, up := range []ring.Set{ring.All(5), ring.All(5).Without(s)} {
		for _, send := range plan.Sends(nil, la, la, 0, up) {
			fmt.Printf("LA to %s with wrapping %d\n", names[send.To], send.Wrapping)
		}
		fmt.Println()
	}
	// Output:
	// LA to S with wrapping 2
	// LA to MV with wrapping 2
	//
	// LA to PA with wrapping 0
	// LA to MV with wrapping 2
}
