package ringtest_test

import (
	"os/exec"
	"testing"
)

// TestLongOutside runs the test of a module of its own, which knows of this one only
// what is public.
func TestLongOutside(t *testing.T) {
	cmd := exec.Command("go", "test", "-count=1", "./...")
	cmd.Dir = "testdata/outside"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
