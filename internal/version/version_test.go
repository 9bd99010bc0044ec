package version

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	build := func(settings ...string) *debug.BuildInfo {
		info := new(debug.BuildInfo)
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	here := runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH
	tests := map[string]*debug.BuildInfo{
		"v1 (" + here + ")":                       nil,
		"v2 (" + here + ")":                       build(),
		"v3 (" + here + ", 0123456789ab)":         build("vcs.revision", "0123456789abcdef"),
		"v4 (" + here + ", 0123456789ab+changes)": build("vcs.revision", "0123456789abcdef", "vcs.modified", "true"),
		"v5 (" + here + ", 01)":                   build("vcs.revision", "01", "vcs.modified", "false"),
	}
	for want, info := range tests {
		if got := describe(want[:2], info); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if !strings.HasPrefix(String(), version+" (go") {
		t.Errorf("this is %q", String())
	}
}
