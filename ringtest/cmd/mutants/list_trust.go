package main

// trustMutants let in who must not be let in.
var trustMutants = []*Mutant{
	{
		Name: "revoked-let-in", Package: "internal/trust",
		Old:    "case t.revoked.Has(id):",
		New:    "case false:",
		Breaks: "a stolen certificate that is revoked is taken",
		Try:    []string{"./internal/trust"},
	},
	{
		Name: "any-host", Package: "internal/trust",
		Old:    "want.Name != \"\" && id.Name != want.Name",
		New:    "false",
		Breaks: "a host passes for another one",
		Try:    []string{"./internal/trust"},
	},
	{
		Name: "client-as-peer", Package: "internal/trust",
		Old:    "want.Kind == Host && id.Kind == Client",
		New:    "false",
		Breaks: "a client passes for a host on the peer port",
		Try:    []string{"./internal/trust"},
	},
	{
		Name: "tickets", Package: "internal/trust",
		Old:    "\t\tNextProtos:             []string{protocol},\n\t\tSessionTicketsDisabled: true,\n",
		New:    "\t\tNextProtos:             []string{protocol},\n",
		Breaks: "a resumed session is not verified again",
		Try:    []string{"./internal/trust"},
	},
	{
		Name: "key-not-compared", Package: "internal/trust",
		Old:    "if !Matches(certs[0], key) {",
		New:    "if false {",
		Breaks: "a daemon starts with the key of another certificate",
		Try:    []string{"./internal/trust"},
	},
	{
		Name: "files-not-put-back", Package: "internal/fileset",
		Old:    "failed = errors.Join(failed, old.restore())",
		New:    "_ = old",
		Breaks: "a write that fails in the middle leaves a key without its certificate",
		Try:    []string{"./internal/fileset"},
	},
}
