package system

// Digits returns how many decimal digits the numbers first to last have in all. It
// helps those whose lines are numbered to tell their LineBytes.
func Digits(first, last int) int64 {
	total := int64(0)
	for from, digits := 1, 1; from <= last; from, digits = from*10, digits+1 {
		if low, high := max(first, from), min(last, from*10-1); low <= high {
			total += int64(high-low+1) * int64(digits)
		}
	}
	return total
}
