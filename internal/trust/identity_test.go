package trust

import (
	"strings"
	"testing"
)

// Each kind of name is read, and written as it was.
func TestNames(t *testing.T) {
	for uri, want := range map[string]Identity{
		"zog://house/ca":                                    {Ring: "house", Kind: CA},
		"zog://house/host/MV":                               {Ring: "house", Kind: Host, Name: "MV", Roles: HostRoles},
		"zog://0-/host/-":                                   {Ring: "0-", Kind: Host, Name: "-", Roles: HostRoles},
		"zog://house/client/laptop?role=send":               {Ring: "house", Kind: Client, Name: "laptop", Roles: Send},
		"zog://house/client/a.b_c-1?role=send,follow,admin": {Ring: "house", Kind: Client, Name: "a.b_c-1", Roles: Send | Follow | Admin},
	} {
		id, err := ParseURI(uri)
		if err != nil || id != want || id.URI() != uri {
			t.Errorf("%s is %+v (%s), %v", uri, id, id.URI(), err)
		}
	}
}

// Roles that are not known yet grant nothing, and do not take away others.
func TestUnknownRoles(t *testing.T) {
	for uri, want := range map[string]Roles{
		"zog://house/client/a?role=paint,send": Send,
		"zog://house/client/a?role=paint":      0,
		"zog://house/client/a?role=admin,send": Admin | Send,
	} {
		if id, err := ParseURI(uri); err != nil || id.Roles != want {
			t.Errorf("%s has %v, %v", uri, id.Roles, err)
		}
	}
}

// What is nearly a name is none.
func TestNoNames(t *testing.T) {
	for _, uri := range []string{
		"", "zog:", "zog://", "zog:///host/MV", "zog://house", "zog://house/", "zog://house/host", "zog://house/host/",
		"ZOG://house/host/MV", "http://house/host/MV", "zog://house/HOST/MV", "zog://house/host/MV/", "zog://house/host/MV?role=send",
		"zog://house/host/MV?", "zog://house/host/MV#a", "zog://house:1/host/MV", "zog://u@house/host/MV", "zog://house/host/%4D",
		"zog://house/host/a.b", "zog://house/host/12345678901234567", "zog://" + strings.Repeat("r", 33) + "/host/MV", "zog://haüs/host/MV",
		"zog://house/client/a", "zog://house/client/a?role=", "zog://house/client/a?role=none,", "zog://house/client/a?role=send,",
		"zog://house/client/a?role=send,send", "zog://house/client/a?role=Send", "zog://house/client/a?role=send&role=admin",
		"zog://house/client/a?x=1", "zog://house/client/a?role=send#", "zog://house/client/?role=send", "zog://house/client/.a?role=send",
		"zog://house/client/a/b?role=send", "zog://house/client/..?role=send", "zog://house/client/a\n?role=send",
		"zog://house/client/a?role=" + strings.Repeat("x", 17), "zog://house/ca/", "zog://house/ca?role=send", "zog://house/king/a",
	} {
		if id, err := ParseURI(uri); err == nil {
			t.Errorf("%q is taken for %+v", uri, id)
		}
	}
}

// What a name is read from can be anything; what is read can be written, and means the same.
func FuzzParseURI(f *testing.F) {
	for _, uri := range []string{
		"zog://house/ca", "zog://house/host/MV", "zog://house/client/a.b?role=send,follow,admin", "zog://house/client/a?role=paint",
	} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		id, err := ParseURI(uri)
		if err != nil {
			if id != (Identity{}) || strings.ContainsAny(err.Error(), "\n\r\x00\x1b") {
				t.Errorf("%q: %+v, %q", uri, id, err)
			}
			return
		}
		if id.Kind == Client && id.Roles == 0 {
			return // only unknown roles: nothing that can be written
		}
		again, err := ParseURI(id.URI())
		if err != nil || again != id || strings.ContainsAny(id.Who(), "\n\r\x1b \\%") {
			t.Errorf("%q is %+v, and that as %q is %+v, %v", uri, id, id.URI(), again, err)
		}
	})
}

func TestParseRoles(t *testing.T) {
	for text, want := range map[string]Roles{"send": Send, "follow,send": Send | Follow, "send,follow,admin": Send | Follow | Admin} {
		if got, err := ParseRoles(text); err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "sned", "send,", "Send", "send, follow"} {
		if got, err := ParseRoles(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
