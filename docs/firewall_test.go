package docs_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// nftables takes the rules of security.md. Only nft can tell, and only who may change the rules may
// ask it.
func TestTheFirewallRulesLoad(t *testing.T) {
	nft, err := exec.LookPath("nft")
	if err != nil {
		t.Skip("NOT TESTED: the firewall rules of docs/security.md, as there is no nft here")
	}
	section := between(t, read(t, "docs/security.md"), "\n## Firewall\n", "\n## ")
	blocks := regexp.MustCompile(`(?m)(?:^    .*\n)+`).FindAllString(section, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of rules are found, want 2: for off and for require", len(blocks))
	}
	for _, rules := range blocks {
		check := exec.Command(nft, "-c", "-f", "-")
		check.Stdin = strings.NewReader(rules)
		out, err := check.CombinedOutput()
		switch {
		case err != nil && strings.Contains(string(out), "Operation not permitted"):
			t.Skipf("NOT TESTED: the firewall rules of docs/security.md, as nft may not be asked: %s", out)
		case err != nil:
			t.Errorf("%v: %s\n%s", err, out, rules)
		}
	}
}
