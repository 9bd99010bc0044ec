package cli

import "fmt"

// Count returns a number and what it counts: "1 host", "5 hosts".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
